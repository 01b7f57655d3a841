// What a two-way route sends back: of a proxy the backend's body, else what the chosen integration response makes of it.

import { textOf } from '../../exchange/content.ts';
import type { IntegrationAnswer } from '../../exchange/exchange.ts';
import { answerHeaderAll } from '../../exchange/parameter-reader.ts';
import { jsonOf, type SocketEvent } from '../../exchange/socket-event.ts';
import type { SocketRoute } from '../../exchange/socket-route.ts';
import type { Tools } from '../../exchange/tools.ts';
import { compileSelectionPattern } from '../../mapping/index.ts';
import type { V2Integration, V2IntegrationResponse } from '../../resources/index.ts';
import { compileResponseMapping, type ResponseMapping } from './response-mapping.ts';
import {
  type Done,
  misconfigured,
  type RouteAnswer,
  type RouteResult,
  routeFailures,
} from './route-result.ts';
import { compileTemplateSet, defaultKey, plainKey, render, type TemplateSet } from './templates.ts';

/** Turns a backend's answer into the route's. */
export type Respond = (event: SocketEvent, answer: IntegrationAnswer, done: Done<SocketEvent>) => void;

interface ResponsePlan {
  readonly matches: (selector: string) => boolean;
  readonly isDefault: boolean;
  readonly templates: TemplateSet;
  readonly mapping: ResponseMapping;
  readonly contentHandling: V2IntegrationResponse['contentHandlingStrategy'];
}

export interface Responding {
  readonly respond: Respond;
  /** What an answer becomes, whatever the event; null when that depends on the event. */
  constantFor(answer: IntegrationAnswer): RouteAnswer | null;
}

const dependsOnEvent = (): null => null;

/** @throws TemplateParseError, RegexSyntaxError; deployment checks before */
export function compileRespond(
  integration: V2Integration,
  responses: readonly V2IntegrationResponse[],
  socketRoute: SocketRoute,
  tools: Tools,
): Responding {
  switch (integration.integrationType) {
    case 'AWS_PROXY':
      return { respond: answerOfFunction, constantFor: dependsOnEvent };
    case 'HTTP_PROXY':
      return { respond: answerOfServer, constantFor: dependsOnEvent };
    default:
      return respondByTable(responses, socketRoute, tools);
  }
}

function respondByTable(
  responses: readonly V2IntegrationResponse[],
  { routeKey, stageVariables }: SocketRoute,
  tools: Tools,
): Responding {
  const isHandshake = routeKey === '$connect';
  const plans = responses.map((response): ResponsePlan => {
    const key = plainKey(response.integrationResponseKey);
    return {
      matches: compileKey(key),
      isDefault: key === defaultKey,
      templates: compileTemplateSet(
        response.responseTemplates,
        response.templateSelectionExpression,
        tools.renderer,
      ),
      mapping: compileResponseMapping(response.responseParameters ?? {}, isHandshake, stageVariables),
      contentHandling: response.contentHandlingStrategy,
    };
  });
  const fallback = plans.find(({ isDefault }) => isDefault) ?? null;
  const planFor = ({ selector }: IntegrationAnswer): ResponsePlan | null =>
    plans.find(({ matches }) => matches(selector)) ?? fallback;
  const constantFor = (answer: IntegrationAnswer): RouteAnswer | null => {
    const plan = planFor(answer);
    if (plan === null || plan.templates.only === undefined) return null;
    if (plan.templates.only === null)
      return plan.mapping.body === null ? answered(answer, passThrough(answer, plan)) : null;
    const { constantOutput } = plan.templates.only.template;
    return constantOutput === null ? null : answered(answer, constantOutput);
  };
  const respond: Respond = (event, answer, done) => {
    const plan = planFor(answer);
    if (plan === null && isHandshake) {
      // The backend's own status decides.
      done(event, answered(answer, null));
      return;
    }
    if (plan === null) {
      done(
        event,
        misconfigured(event, 'No match for output mapping and no default output mapping configured'),
      );
      return;
    }
    const headers = plan.mapping.headersOf(event, answer);
    const prepared = plan.templates.choose(event, answer);
    if (prepared === null) {
      const body = plan.mapping.body?.(event, answer) ?? null;
      done(
        event,
        answered(answer, body === null ? passThrough(answer, plan) : converted(body, plan), headers),
      );
      return;
    }
    if (prepared.template.constantOutput !== null) {
      done(event, answered(answer, prepared.template.constantOutput, headers));
      return;
    }
    const body = answer.body === null ? null : textOf(answer.body);
    render(prepared, event, body, (rendered, text) =>
      done(rendered, text === null ? routeFailures.internal : answered(answer, text, headers)),
    );
  };
  return { respond, constantFor };
}

function answerOfServer(
  event: SocketEvent,
  { status, headers, body }: IntegrationAnswer,
  done: Done<SocketEvent>,
): void {
  done(event, { failure: null, status, headers, body: body === null ? null : textOf(body) });
}

const answered = (
  answer: IntegrationAnswer,
  body: string | Uint8Array | null,
  headers = answer.headers,
): RouteAnswer => ({ failure: null, status: answer.status, headers, body });

const passThrough = ({ body }: IntegrationAnswer, plan: ResponsePlan): string | Uint8Array | null =>
  body === null ? null : converted(textOf(body), plan);

const converted = (text: string, { contentHandling }: ResponsePlan): string | Uint8Array =>
  contentHandling === 'CONVERT_TO_BINARY' ? Buffer.from(text, 'base64') : text;

/** `/2\d\d/` is a pattern over the whole selector, `$default` matches when nothing else does, the rest is literal. */
function compileKey(key: string): (selector: string) => boolean {
  if (key === defaultKey) return () => false;
  if (key.length > 2 && key.startsWith('/') && key.endsWith('/'))
    return compileSelectionPattern(key.slice(1, -1));
  return (selector) => selector === key;
}

/**
 * A function that answers for itself: `{"statusCode": 200, "body": "..."}`. What it says beside is for the handshake;
 * a function's error and an answer of another shape are failures.
 */
function answerOfFunction(event: SocketEvent, answer: IntegrationAnswer, done: Done<SocketEvent>): void {
  done(event, functionResult(event, answer));
}

/** The function ran and failed: the answer's body says how. */
export const isFunctionError = (answer: IntegrationAnswer): boolean =>
  answerHeaderAll(answer, 'x-amz-function-error').length > 0;

function functionResult(event: SocketEvent, answer: IntegrationAnswer): RouteResult {
  const { selector, body } = answer;
  if (isFunctionError(answer)) {
    event.errorMessage = selector;
    return routeFailures.function;
  }
  const result = body === null ? null : jsonOf(textOf(body));
  // A route that answers nobody may run a function that says nothing.
  if (result === null || result === undefined) return { failure: null, status: 200, headers: [], body: null };
  if (typeof result !== 'object' || Array.isArray(result)) return malformed(event);
  const given = result as Record<string, unknown>;
  const status = given.statusCode === undefined ? 200 : Number(given.statusCode);
  if (!Number.isInteger(status) || status < 100 || status > 599) return malformed(event);
  const text = given.body ?? null;
  if (text !== null && typeof text !== 'string') return malformed(event);
  const isBytes = given.isBase64Encoded === true && text !== null;
  return {
    failure: null,
    status,
    headers: fieldsOf(given.headers, given.multiValueHeaders),
    body: isBytes ? Buffer.from(text, 'base64') : text,
  };
}

const malformed = (event: SocketEvent): RouteResult =>
  misconfigured(event, 'Malformed Lambda proxy response', routeFailures.function);

function fieldsOf(single: unknown, multiple: unknown): string[] {
  const fields: string[] = [];
  for (const [name, values] of Object.entries(multiple ?? {}))
    if (Array.isArray(values)) for (const value of values) fields.push(name, String(value));
  for (const [name, value] of Object.entries(single ?? {})) fields.push(name, String(value));
  return fields;
}
