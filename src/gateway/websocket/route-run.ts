// What one route does with an event: template, backend, answer; compiled once per deployment. A mock is answered without
// leaving the turn of the event loop.

import type { IntegrationAnswer, IntegrationRequest } from '../../exchange/exchange.ts';
import type { SocketEvent } from '../../exchange/socket-event.ts';
import type { SocketRoute } from '../../exchange/socket-route.ts';
import type { Tools } from '../../exchange/tools.ts';
import type { ClientIdentity } from '../../exchange/upstream.ts';
import { mockAnswers, noStatusCode } from '../../integrations/index.ts';
import type { V2Integration, V2IntegrationResponse } from '../../resources/index.ts';
import { compileAnsweredTopics } from './answered-topics.ts';
import { type CallBackend, compileBackend } from './backend.ts';
import { functionEvent } from './function-event.ts';
import { compileMessageMapping } from './message-mapping.ts';
import { compileRespond, isFunctionError, type Respond, type Responding } from './route-response.ts';
import { type Done, misconfigured, type RouteAnswer, routeFailures, silence } from './route-result.ts';
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
    ? compileRespond(integration, responses, socketRoute, tools)
    : oneWay;
  const { bodyOf, constantBody } = compileBody(integration, tools);
  if (integration.integrationType === 'MOCK') {
    const answer = constantBody === null ? null : mockAnswers()(constantBody);
    return { run: compileMock(bodyOf, respond), constant: answer === null ? null : constantFor(answer) };
  }
  const backend = compileBackend(integration, socketRoute, parts.routeId, parts.clientCertificate, tools);
  const map = compileMessageMapping(integration.requestParameters ?? {}, socketRoute.stageVariables);

  const takeTopics = compileAnsweredTopics(integration.integrationType);
  const answered = (event: SocketEvent, answer: IntegrationAnswer, done: Done<SocketEvent>): void => {
    const problem = takeTopics(event, answer);
    if (problem === null) respond(event, answer, done);
    else done(event, misconfigured(event, problem, routeFailures.function));
  };

  const call = (event: SocketEvent, body: string, done: Done<SocketEvent>, calling: CallBackend): void => {
    const mapped = map(event);
    if (typeof mapped === 'string') {
      done(event, misconfigured(event, mapped));
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
  done(event, isFunctionError(answer) ? routeFailures.function : silence);
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
    if (prepared !== null) render(prepared, event, event.text, done);
    else if (refuses) {
      event.log?.error('Execution failed due to configuration error: No template for this message');
      done(event, null);
    } else done(event, event.text);
  };
  return { bodyOf, constantBody: templates.only?.template.constantOutput ?? null };
}

const refusesUnmatched = (
  { isEmpty }: TemplateSet,
  behavior: V2Integration['passthroughBehavior'],
): boolean => behavior === 'NEVER' || (behavior === 'WHEN_NO_TEMPLATES' && !isEmpty);

/** The template's `statusCode` picks the integration response. */
function compileMock(bodyOf: BuildBody, respond: Respond): RunRoute {
  const answerOf = mockAnswers();
  return (event, done) =>
    bodyOf(event, (built, text) => {
      const answer = text === null ? null : answerOf(text);
      if (answer !== null) respond(built, answer, done);
      else if (text === null) done(built, routeFailures.internal);
      else done(built, misconfigured(built, noStatusCode));
    });
}
