// What one route does with an event: template, backend, answer; compiled once per deployment. A mock is answered without
// leaving the turn of the event loop.

import type { IntegrationAnswer, IntegrationRequest } from '../../exchange/exchange.ts';
import type { SocketEvent } from '../../exchange/socket-event.ts';
import type { SocketRoute } from '../../exchange/socket-route.ts';
import type { PreparedTemplate, Tools } from '../../exchange/tools.ts';
import type { ClientIdentity } from '../../exchange/upstream.ts';
import { memberOfText } from '../../mapping/index.ts';
import type { V2Integration, V2IntegrationResponse } from '../../resources/index.ts';
import { compileAnsweredTopics } from './answered-topics.ts';
import { type CallBackend, compileBackend } from './backend.ts';
import { functionEvent } from './function-event.ts';
import { compileMessageMapping } from './message-mapping.ts';
import { compileRespond, type Respond, type Responding } from './route-response.ts';
import { type Done, type RouteAnswer, routeFailures, silence } from './route-result.ts';
import { compileTemplateSet, render, type TemplateSet } from './templates.ts';

export type RunRoute = (event: SocketEvent, done: Done<SocketEvent>) => void;

export interface RouteParts {
  readonly integration: V2Integration;
  readonly responses: readonly V2IntegrationResponse[];
  /** Someone waits for the answer: the handshake does, a client where the route has a response. */
  readonly isTwoWay: boolean;
  readonly socketRoute: SocketRoute;
  readonly routeId: string;
  readonly clientCertificate: ClientIdentity | null;
}

export interface CompiledRoute {
  readonly run: RunRoute;
  /** What it answers to every message, whatever is in it; null when it has to look at them. */
  readonly constant: RouteAnswer | null;
}

/** @throws IntegrationError, TemplateParseError ...; deployment checks what it can */
export function compileRun(parts: RouteParts, tools: Tools): CompiledRoute {
  const { integration, responses, isTwoWay, socketRoute } = parts;
  const { respond, constantFor } = isTwoWay
    ? compileRespond(integration, responses, socketRoute.routeKey === '$connect', tools)
    : oneWay;
  const { bodyOf, constantBody } = compileBody(integration, tools);
  if (integration.integrationType === 'MOCK') {
    const answer = constantBody === null ? null : mockAnswer(constantBody);
    return { run: compileMock(bodyOf, respond), constant: answer === null ? null : constantFor(answer) };
  }
  const backend = compileBackend(integration, socketRoute, parts.routeId, parts.clientCertificate, tools);
  const map = compileMessageMapping(integration.requestParameters ?? {}, socketRoute.stageVariables);

  const takeTopics = compileAnsweredTopics(integration.integrationType);
  const answered = (event: SocketEvent, answer: IntegrationAnswer, done: Done<SocketEvent>): void => {
    const problem = takeTopics(event, answer);
    if (problem === null) {
      respond(event, answer, done);
      return;
    }
    event.log?.error(`Execution failed due to configuration error: ${problem}`);
    done(event, routeFailures.function);
  };

  const call = (event: SocketEvent, body: string, done: Done<SocketEvent>, calling: CallBackend): void => {
    const mapped = map(event);
    if (typeof mapped === 'string') {
      event.log?.error(`Execution failed due to configuration error: ${mapped}`);
      done(event, routeFailures.internal);
      return;
    }
    const request: IntegrationRequest = { ...mapped, body: bytesOrText(event, integration, body) };
    calling(event, request, (called, answer) =>
      'failure' in answer ? done(called, answer) : answered(called, answer, done),
    );
  };
  const run: RunRoute = (event, done) =>
    bodyOf(event, (built, body) =>
      body === null ? done(built, routeFailures.internal) : call(built, body, done, backend),
    );
  return { run, constant: null };
}

/** Nobody is told what came of it; failures are failures all the same. */
function swallow(event: SocketEvent, answer: IntegrationAnswer, done: Done<SocketEvent>): void {
  const failed = answer.headers.some(
    (name, i) => i % 2 === 0 && name.toLowerCase() === 'x-amz-function-error',
  );
  done(event, failed ? routeFailures.function : silence);
}

const oneWay: Responding = { respond: swallow, constantFor: () => silence };

function bytesOrText(event: SocketEvent, { contentHandlingStrategy }: V2Integration, body: string) {
  const wantsBytes =
    contentHandlingStrategy === 'CONVERT_TO_BINARY' || (event.isBinary && body === event.text);
  return wantsBytes ? Buffer.from(body, 'base64') : body;
}

/** Tells the body for the backend, or null when it cannot be made. */
type BuildBody = (event: SocketEvent, done: (event: SocketEvent, body: string | null) => void) => void;

interface CompiledBody {
  readonly bodyOf: BuildBody;
  /** The body of every event; null when it is made of them. */
  readonly constantBody: string | null;
}

function compileBody(integration: V2Integration, tools: Tools): CompiledBody {
  const { integrationType: type, passthroughBehavior } = integration;
  if (type === 'AWS_PROXY')
    return { bodyOf: (event, done) => done(event, functionEvent(event)), constantBody: null };
  if (type === 'HTTP_PROXY') return { bodyOf: (event, done) => done(event, event.text), constantBody: null };
  const templates = compileTemplateSet(
    integration.requestTemplates,
    integration.templateSelectionExpression,
    tools.renderer,
  );
  const refuses = refusesUnmatched(templates, passthroughBehavior);
  const bodyOf: BuildBody = (event, done) => {
    const prepared = templates.only === undefined ? templates.choose(event, null) : templates.only;
    if (prepared !== null) renderBody(prepared, event, done);
    else if (refuses) {
      event.log?.error('Execution failed due to configuration error: No template for this message');
      done(event, null);
    } else done(event, event.text);
  };
  return { bodyOf, constantBody: templates.only?.template.constantOutput ?? null };
}

function renderBody(prepared: PreparedTemplate, event: SocketEvent, done: Parameters<BuildBody>[1]): void {
  const { constantOutput } = prepared.template;
  if (constantOutput !== null) done(event, constantOutput);
  else render(prepared, event, event.text, done);
}

const refusesUnmatched = (
  { isEmpty }: TemplateSet,
  behavior: V2Integration['passthroughBehavior'],
): boolean => behavior === 'NEVER' || (behavior === 'WHEN_NO_TEMPLATES' && !isEmpty);

/** @see data-plane reference, section 12: the template's `statusCode` picks the integration response */
function compileMock(bodyOf: BuildBody, respond: Respond): RunRoute {
  // Most mocks render the same text each time: read it once.
  let lastText = '';
  let lastAnswer: IntegrationAnswer | null = null;
  return (event, done) =>
    bodyOf(event, (built, text) => {
      if (text === null) {
        done(built, routeFailures.internal);
        return;
      }
      if (text !== lastText) {
        lastAnswer = mockAnswer(text);
        lastText = text;
      }
      if (lastAnswer === null) {
        built.log?.error(
          'Execution failed due to configuration error: Unable to parse statusCode. It should be an integer and defined in request template',
        );
        done(built, routeFailures.internal);
        return;
      }
      respond(built, lastAnswer, done);
    });
}

const nothing: readonly string[] = Object.freeze([]);

function mockAnswer(text: string): IntegrationAnswer | null {
  const given = memberOfText(text, 'statusCode');
  const status = typeof given === 'string' && /^\d+$/.test(given) ? Number(given) : given;
  if (typeof status !== 'number' || !Number.isInteger(status)) return null;
  return { selector: String(status), status, headers: nothing, body: null };
}
