// INTEGRATION RESPONSE and METHOD RESPONSE of non-proxy integrations: pick by selectionPattern, map headers,
// convert the body, render the template, apply overrides. Reads `exchange.integrationAnswer`, fills the response.
// See data-plane reference, sections 6, 9, 11 and 13.

import { fieldIn } from '../../base/flat-list.ts';
import {
  type HeaderBlock,
  headerBlock,
  isFieldValue,
  isToken,
  utf8AsLatin1,
} from '../../base/header-field.ts';
import { firstAccepted, mediaTypeOf } from '../../base/media-type.ts';
import { configurationError } from '../../exchange/configuration-error.ts';
import { badBase64, convertResponseBody, textOf } from '../../exchange/content.ts';
import type { Exchange, IntegrationAnswer } from '../../exchange/exchange.ts';
import { failures } from '../../exchange/gateway-response.ts';
import { brokenJson, compileResponseReader, type ParameterReader } from '../../exchange/parameter-reader.ts';
import type { Outcome, Phase } from '../../exchange/phase.ts';
import type { Route } from '../../exchange/route.ts';
import type { RenderFailure, Tools } from '../../exchange/tools.ts';
import type { RenderResult } from '../../mapping/index.ts';
import { compileSelectionPattern } from '../../mapping/index.ts';
import { parseParameterSource, parseParameterTarget } from '../../mapping/parameter/parameter.ts';
import type { IntegrationResponse, Method } from '../../resources/index.ts';
import { renderFailure } from './integration-request.ts';
import { entriesOf, overrideText } from './request-mapping.ts';
import { compileTemplates, isRenderFailure, type TemplateChoice, type Templates } from './template-choice.ts';
import { templateScope } from './template-scope.ts';

/** One integration response, ready to be applied. */
interface ResponsePlan {
  readonly statusCode: number;
  /** Whole-string match on the selector; null = default. */
  readonly selects: ((selector: string) => boolean) | null;
  readonly headers: readonly { readonly name: string; readonly read: ParameterReader }[];
  /** Content type -> the whole block, when no header depends on the exchange: made once. */
  readonly blocks: Map<string, HeaderBlock> | null;
  readonly templates: Templates;
  readonly contentHandling: IntegrationResponse['contentHandling'];
  /** The method response exists, and its status is a final one: nobody could read 100 to 199. */
  readonly isDeclared: boolean;
  readonly remapsHeaders: boolean;
}

/** Compiles the phase for one method. @param remapsHeaders - see IntegrationKind */
export function compileIntegrationResponse(
  method: Method,
  route: Route,
  remapsHeaders: boolean,
  tools: Tools,
): Phase {
  const plans = compileResponses(method, route, remapsHeaders, tools);
  const byDefault = plans.find((plan) => plan.selects === null) ?? null;
  // A function that did not fail has nothing to select by, and even `.*` does not match it (reference, section 13).
  const pick = memoized(
    (selector) => (selector === '' ? undefined : plans.find((plan) => plan.selects?.(selector))) ?? byDefault,
  );

  return (exchange) => {
    const answer = exchange.integrationAnswer!;
    const plan = pick(answer.selector);
    if (plan === null)
      return configurationError(
        exchange,
        `No match for output mapping and no default output mapping configured. Endpoint Response Status Code: ${answer.status}`,
      );
    if (!plan.isDeclared)
      return configurationError(
        exchange,
        `Output mapping refers to an invalid method response: ${plan.statusCode}`,
      );
    return answerWith(exchange, answer, plan);
  };
}

/** Apart from the phase, which would keep the method with the plans. */
const compileResponses = (
  method: Method,
  route: Route,
  remapsHeaders: boolean,
  tools: Tools,
): ResponsePlan[] =>
  Object.values(method.methodIntegration?.integrationResponses ?? {}).map((response) =>
    compileResponse(response, method, route, remapsHeaders, tools),
  );

function compileResponse(
  response: IntegrationResponse,
  method: Method,
  route: Route,
  remapsHeaders: boolean,
  tools: Tools,
): ResponsePlan {
  const pattern = response.selectionPattern ?? '';
  const headers = Object.entries(response.responseParameters ?? {}).flatMap(([key, expression]) => {
    const target = parseParameterTarget(key, 'response');
    const source = parseParameterSource(expression, 'response');
    if (target === null || source === null) return [];
    const name = remapsHeaders ? remapped(target.name) : target.name;
    return name === null ? [] : [{ name, read: compileResponseReader(source, route.stageVariables) }];
  });
  return {
    statusCode: Number(response.statusCode),
    selects: pattern === '' ? null : compileSelectionPattern(pattern),
    headers,
    blocks: headers.length === 0 ? new Map() : null,
    templates: compileTemplates(response.responseTemplates, tools.renderer),
    contentHandling: response.contentHandling,
    isDeclared:
      method.methodResponses?.[response.statusCode] !== undefined && Number(response.statusCode) >= 200,
    remapsHeaders,
  };
}

/** @see data-plane reference, section 6.2: mapped names of a non-proxy response */
const remappedNames: ReadonlySet<string> = new Set([
  'authorization',
  'connection',
  'content-length',
  'content-md5',
  'date',
  'expect',
  'host',
  'max-forwards',
  'proxy-authenticate',
  'server',
  'trailer',
  'upgrade',
  'user-agent',
  'www-authenticate',
]);

/** The name under which a mapped header is sent; null when it is dropped. */
function remapped(name: string): string | null {
  const lower = name.toLowerCase();
  if (lower === 'transfer-encoding') return null;
  return remappedNames.has(lower) ? `x-amzn-Remapped-${name}` : name;
}

/** Selectors are status codes or a few error texts: remember the choice, within bounds. */
function memoized<T>(choose: (selector: string) => T): (selector: string) => T {
  const known = new Map<string, T>();
  return (selector) => {
    const found = known.get(selector);
    if (found !== undefined) return found;
    const chosen = choose(selector);
    if (selector.length <= 64 && known.size < 1000) known.set(selector, chosen);
    return chosen;
  };
}

function answerWith(
  exchange: Exchange,
  answer: IntegrationAnswer,
  plan: ResponsePlan,
): Outcome | Promise<Outcome> {
  const fields: string[] = [];
  let contentType: string | null = null;
  for (const { name, read } of plan.headers) {
    const value = read(exchange);
    if (value === brokenJson) return configurationError(exchange, 'the integration answer is not JSON');
    if (value === null) continue;
    if (!isFieldValue(value))
      return configurationError(exchange, `the value for header "${name}" has control characters`);
    if (name.toLowerCase() === 'content-type') contentType = value;
    else fields.push(name, value);
  }

  const accepted = firstAccepted(exchange.header('accept'));
  const body = convertBody(exchange, answer, accepted, plan);
  if (body === badBase64) return configurationError(exchange, 'the integration body is not base64');
  const choice = chooseTemplate(plan.templates, accepted);
  if (choice === null) return respond(exchange, plan, contentType ?? 'application/json', fields, body);
  if (body !== null && typeof body !== 'string')
    return configurationError(exchange, 'Unable to transform response: a template cannot read a binary body');

  const type = contentType ?? (choice.key === '$default' ? 'application/json' : choice.key);
  const { template } = choice.prepared;
  if (template.constantOutput !== null) return respond(exchange, plan, type, fields, template.constantOutput);
  const result = choice.prepared.render(templateScope(exchange, template, body));
  if (result instanceof Promise) return result.then((late) => accept(exchange, plan, type, fields, late));
  return accept(exchange, plan, type, fields, result);
}

/** By Accept, else application/json, else the first (reference, section 8). */
function chooseTemplate(templates: Templates, accepted: string): TemplateChoice | null {
  if (templates.size === 0) return null;
  return (
    templates.get(accepted) ?? templates.get('application/json') ?? templates.values().next().value ?? null
  );
}

function convertBody(
  exchange: Exchange,
  answer: IntegrationAnswer,
  accepted: string,
  plan: ResponsePlan,
): string | Uint8Array | null | typeof badBase64 {
  if (answer.body === null) return null;
  const { isBinary } = exchange.route;
  const contentType = fieldIn(answer.headers, 'content-type') ?? 'application/json';
  const payloadIsBinary = isBinary(mediaTypeOf(contentType));
  return convertResponseBody(answer.body, payloadIsBinary, isBinary(accepted), plan.contentHandling);
}

function accept(
  exchange: Exchange,
  plan: ResponsePlan,
  contentType: string,
  fields: string[],
  result: RenderResult | RenderFailure,
): Outcome {
  if (isRenderFailure(result)) return renderFailure(exchange, result, 'Unable to transform response');
  if (result.responseOverride !== undefined) exchange.responseOverride = result.responseOverride;
  return respond(exchange, plan, contentType, fields, result.output);
}

/** Status and headers, with `$context.responseOverride` laid over them, whichever template set it. */
function respond(
  exchange: Exchange,
  plan: ResponsePlan,
  contentType: string,
  fields: string[],
  body: string | Uint8Array | null,
): Outcome {
  exchange.responseStatus = plan.statusCode;
  exchange.responseBody = body;
  let type = contentType;
  const override = exchange.responseOverride;
  if (override !== null) {
    const status = overriddenStatus(override.status);
    if (status !== null) exchange.responseStatus = status;
    for (const [name, value] of entriesOf(override.header)) {
      const text = utf8AsLatin1(overrideText(value));
      if (!isToken(name) || !isFieldValue(text)) {
        exchange.log?.error(
          `Execution failed due to configuration error: override of header "${name}" cannot be sent`,
        );
        return failures.configurationError;
      }
      const sentName = plan.remapsHeaders ? remapped(name) : name;
      if (name.toLowerCase() === 'content-type') type = text;
      else if (sentName !== null) replaceField(fields, sentName, text);
    }
  }
  if (plan.blocks !== null && override === null) exchange.responseHeaders = blockFor(plan.blocks, type);
  else exchange.responseHeaders = headerBlock([...fields, 'Content-Type', type]);
  if (exchange.log?.dataTrace === true) {
    const text = body === null ? '' : typeof body === 'string' ? body : textOf(body);
    exchange.log.info(`Method response body after transformations: ${text}`);
    exchange.log.fields('Method response headers', [...fields, 'Content-Type', type]);
  }
  return undefined;
}

/**
 * An integer of 100 to 599, else the override is ignored (reference, section 9). AWS's 100 to 199 are left out:
 * they are not final statuses and no HTTP/1.1 client could read them.
 */
function overriddenStatus(value: unknown): number | null {
  const status = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value;
  return typeof status === 'number' && Number.isInteger(status) && status >= 200 && status <= 599
    ? status
    : null;
}

function replaceField(fields: string[], name: string, value: string): void {
  const lower = name.toLowerCase();
  for (let i = fields.length - 2; i >= 0; i -= 2) if (fields[i]!.toLowerCase() === lower) fields.splice(i, 2);
  fields.push(name, value);
}

/** Content types of one response: its template keys, so there are few. */
function blockFor(blocks: Map<string, HeaderBlock>, contentType: string): HeaderBlock {
  let block = blocks.get(contentType);
  if (block === undefined) {
    block = headerBlock(['Content-Type', contentType]);
    blocks.set(contentType, block);
  }
  return block;
}
