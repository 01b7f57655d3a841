// Turns a refusal into an answer: the one place that does. Customised responses are compiled per deployment;
// what nobody customised is ready-made text.
// See data-plane reference, section 17.

import { fieldIn } from '../../base/flat-list.ts';
import {
  type HeaderBlock,
  headerBlock,
  isFieldValue,
  isToken,
  utf8AsLatin1,
} from '../../base/header-field.ts';
import { firstAccepted } from '../../base/media-type.ts';
import { mappingAccessor } from '../../exchange/context.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import {
  type Failure,
  type GatewayResponseType,
  gatewayResponseStatuses,
} from '../../exchange/gateway-response.ts';
import type { GatewayResponses } from '../../exchange/gateway-responses.ts';
import { brokenJson, compileRequestReader, type ParameterReader } from '../../exchange/parameter-reader.ts';
import { parseParameterSource, parseParameterTarget } from '../../mapping/parameter/parameter.ts';
import type { GatewayResponse } from '../../resources/index.ts';

type TextMaker = (exchange: Exchange) => string;

interface Customised {
  readonly statusCode: number | null;
  readonly headers: readonly { readonly name: string; readonly read: ParameterReader }[];
  /** Media type -> template; empty = the default template. */
  readonly templates: ReadonlyMap<string, TextMaker>;
}

/**
 * Compiles the customised gateway responses of one deployment. A type that is not customised inherits from
 * DEFAULT_4XX or DEFAULT_5XX, by its class.
 */
export function compileGatewayResponses(
  list: readonly GatewayResponse[],
  stageVariables: Readonly<Record<string, string>>,
): GatewayResponses {
  const byType = new Map<string, Customised>();
  for (const response of list) {
    if (!response.defaultResponse) byType.set(response.responseType, compileOne(response, stageVariables));
  }
  const customisedFor = (failure: Failure): Customised | undefined =>
    byType.get(failure.type) ?? byType.get(failure.status < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX');
  return {
    apply(exchange, failure) {
      exchange.errorMessage ??= failure.message;
      exchange.errorType = failure.type;
      const customised = customisedFor(failure);
      if (customised === undefined) applyDefault(exchange, failure);
      else applyCustomised(exchange, failure, customised);
    },
  };
}

interface ReadyAnswer {
  readonly headers: HeaderBlock;
  readonly body: string;
}

const readyAnswers = new Map<Failure, ReadyAnswer>();

/** A 429 under a flood costs a Map look-up here, no formatting. */
function applyDefault(exchange: Exchange, failure: Failure): void {
  let ready = readyAnswers.get(failure);
  if (ready === undefined) {
    const headers = headerBlock(['Content-Type', 'application/json', 'x-amzn-ErrorType', failure.errorType]);
    ready = { headers, body: defaultBody(failure, failure.message) };
    readyAnswers.set(failure, ready);
  }
  exchange.responseStatus = failure.status;
  exchange.responseHeaders = ready.headers;
  exchange.responseBody =
    exchange.errorMessage === failure.message ? ready.body : defaultBody(failure, exchange.errorMessage);
}

function defaultBody(failure: Failure, message: string | null): string {
  return `{"${failure.bodyKey}":${failure.spaced ? ' ' : ''}${JSON.stringify(message)}}`;
}

function applyCustomised(exchange: Exchange, failure: Failure, customised: Customised): void {
  exchange.responseStatus = customised.statusCode ?? failure.status;
  const fields: string[] = [];
  for (const { name, read } of customised.headers) {
    const value = read(exchange);
    if (value !== null && value !== brokenJson && isToken(name) && isFieldValue(value))
      fields.push(name, utf8AsLatin1(value));
  }
  const [type, make] = chooseTemplate(customised.templates, firstAccepted(exchange.header('accept')));
  exchange.responseBody = make === null ? defaultBody(failure, exchange.errorMessage) : make(exchange);
  if (fieldIn(fields, 'content-type') === null) fields.push('Content-Type', type);
  fields.push('x-amzn-ErrorType', failure.errorType);
  exchange.responseHeaders = headerBlock(fields);
}

/** By Accept, else application/json, else the first. */
function chooseTemplate(
  templates: ReadonlyMap<string, TextMaker>,
  accepted: string,
): [string, TextMaker | null] {
  if (templates.size === 0) return ['application/json', null];
  for (const type of [accepted, 'application/json', templates.keys().next().value!]) {
    const make = templates.get(type);
    if (make !== undefined) return [type, make];
  }
  return ['application/json', null];
}

function compileOne(response: GatewayResponse, stageVariables: Readonly<Record<string, string>>): Customised {
  const headers = Object.entries(response.responseParameters ?? {}).flatMap(([key, expression]) => {
    const target = parseParameterTarget(key, 'gatewayResponse');
    const source = parseParameterSource(expression, 'gatewayResponse');
    if (target === null || source === null) return [];
    return [{ name: target.name, read: compileRequestReader(source, stageVariables) }];
  });
  const templates = new Map<string, TextMaker>();
  for (const [type, text] of Object.entries(response.responseTemplates ?? {}))
    templates.set(type.toLowerCase(), compileSubstitution(text, stageVariables));
  return { statusCode: statusOf(response), headers, templates };
}

/**
 * The status of a customised type: its own, else the type's documented one. null leaves the failure its status: the
 * two defaults have none, and 100 to 199 are not final statuses.
 */
function statusOf(response: GatewayResponse): number | null {
  const { statusCode, responseType } = response;
  if (statusCode === undefined) return gatewayResponseStatuses[responseType as GatewayResponseType] ?? null;
  return Number(statusCode) >= 200 ? Number(statusCode) : null;
}

const variable =
  /\$(\{)?(context|stageVariables|method\.request\.(?:header|querystring|path))\.([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)(\})?/g;

/**
 * Compiles a gateway response's template: plain substitution, no VTL. Unknown variables print nothing.
 * `$context.error.messageString` of a null message prints `null`, so that JSON stays JSON.
 */
function compileSubstitution(text: string, stageVariables: Readonly<Record<string, string>>): TextMaker {
  const parts: (string | TextMaker)[] = [];
  let end = 0;
  for (const found of text.matchAll(variable)) {
    if ((found[1] === undefined) !== (found[4] === undefined) && found[1] !== undefined) continue;
    const trailing = found[1] === undefined && found[4] !== undefined ? '}' : '';
    parts.push(text.slice(end, found.index), compileVariable(found[2]!, found[3]!, stageVariables), trailing);
    end = found.index + found[0].length;
  }
  parts.push(text.slice(end));
  return (exchange) => {
    let made = '';
    for (const part of parts) made += typeof part === 'string' ? part : part(exchange);
    return made;
  };
}

function compileVariable(
  root: string,
  name: string,
  stageVariables: Readonly<Record<string, string>>,
): TextMaker {
  if (root === 'context') {
    const read = mappingAccessor(name);
    const absent = name === 'error.messageString' ? 'null' : '';
    return (exchange) => read(exchange) ?? absent;
  }
  const source =
    root === 'stageVariables'
      ? ({ kind: 'stageVariable', name } as const)
      : ({ kind: root.slice('method.request.'.length) as 'header' | 'querystring' | 'path', name } as const);
  const read = compileRequestReader(source, stageVariables);
  return (exchange) => {
    const value = read(exchange);
    return typeof value === 'string' ? value : '';
  };
}
