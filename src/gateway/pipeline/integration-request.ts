// INTEGRATION REQUEST: content-type selection, body conversion, parameter mapping, template, overrides.
// Leaves `exchange.integrationRequest`. See data-plane reference, sections 6 to 11.

import { setIn } from '../../base/flat-list.ts';
import { isFieldValue } from '../../base/header-field.ts';
import { mediaTypeOf } from '../../base/media-type.ts';
import { configurationError } from '../../exchange/configuration-error.ts';
import { badBase64, convertRequestBody } from '../../exchange/content.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import { type Failure, failures } from '../../exchange/gateway-response.ts';
import { brokenJson, compileRequestReader, type ParameterReader } from '../../exchange/parameter-reader.ts';
import type { Outcome, Phase } from '../../exchange/phase.ts';
import type { Route } from '../../exchange/route.ts';
import type { RenderFailure, Tools } from '../../exchange/tools.ts';
import type { RenderResult } from '../../mapping/index.ts';
import { parseParameterSource, parseParameterTarget } from '../../mapping/parameter/parameter.ts';
import type { Integration } from '../../resources/index.ts';
import {
  isForbiddenTarget,
  type MappedRequest,
  nothingMapped,
  withRequestOverride,
} from './request-mapping.ts';
import { compileTemplates, isRenderFailure, type TemplateChoice, type Templates } from './template-choice.ts';
import { templateScope } from './template-scope.ts';

interface Mapping {
  readonly location: 'path' | 'querystring' | 'header';
  readonly name: string;
  readonly read: ParameterReader;
  /** A query parameter whose values all go on, one by one; else null. */
  readonly repeats: string | null;
}

/** Compiles the phase for one non-proxy integration. */
export function compileIntegrationRequest(integration: Integration, route: Route, tools: Tools): Phase {
  const templates = compileTemplates(integration.requestTemplates, tools.renderer);
  const mappings = compileMappings(integration, route);
  const mapsForbidden = mappings.some(
    (mapping) => mapping.location === 'header' && isForbiddenTarget(mapping.name),
  );
  const refusesUnmatched = refuses(integration, templates);
  // By itself: what the phase names of the integration would keep all of it.
  const { contentHandling } = integration;

  return (exchange) => {
    const contentType = exchange.header('content-type');
    const mediaType = contentType === null ? 'application/json' : mediaTypeOf(contentType);
    const choice = templates.get(mediaType) ?? templates.get('$default') ?? null;
    if (choice === null && refusesUnmatched) return failures.unsupportedMediaType;
    if (mapsForbidden)
      return configurationError(exchange, 'a mapping sets a header that only the gateway may set');

    const mapped = mappings.length === 0 ? nothingMapped : mapParameters(exchange, mappings);
    if ('type' in mapped) return mapped;
    const body = convertBody(exchange, contentType, contentHandling);
    if (body === badBase64) return configurationError(exchange, 'the request body is not base64');
    if (choice === null) return passThrough(exchange, mapped, body);
    if (body !== null && typeof body !== 'string')
      return configurationError(
        exchange,
        'Unable to transform request: a template cannot read a binary body',
      );
    return transform(exchange, choice, mapped, body);
  };
}

function mapParameters(exchange: Exchange, mappings: readonly Mapping[]): MappedRequest | Failure {
  const path: string[] = [];
  const query: string[] = [];
  const headers: string[] = [];
  for (const { location, name, read, repeats } of mappings) {
    if (repeats !== null) {
      for (const value of exchange.queryParameterAll(repeats)) query.push(name, value);
      continue;
    }
    const value = read(exchange);
    if (value === brokenJson) return failures.invalidJsonBody;
    if (value === null) continue;
    if (location === 'path') setIn(path, name, value);
    else if (location === 'querystring') query.push(name, value);
    else {
      // A decoded query value may hold a line end, which must never reach a header.
      if (!isFieldValue(value))
        return configurationError(exchange, `the value for header "${name}" has control characters`);
      setIn(headers, name.toLowerCase(), value);
    }
  }
  return { path, query, headers };
}

function compileMappings(integration: Integration, route: Route): readonly Mapping[] {
  return Object.entries(integration.requestParameters ?? {}).flatMap(([key, expression]) => {
    const target = parseParameterTarget(key, 'request');
    const source = parseParameterSource(expression, 'request');
    if (target === null || source === null) return [];
    const repeats =
      target.location === 'querystring' && source.kind === 'multivaluequerystring' ? source.name : null;
    return [{ ...target, read: compileRequestReader(source, route.stageVariables), repeats }];
  });
}

/** @see data-plane reference, section 8: what happens when no template matches */
function refuses(integration: Integration, templates: Templates): boolean {
  switch (integration.passthroughBehavior) {
    case 'NEVER':
      return true;
    case 'WHEN_NO_TEMPLATES':
      return templates.size > 0;
    default:
      return false;
  }
}

function convertBody(
  exchange: Exchange,
  contentType: string | null,
  contentHandling: Integration['contentHandling'],
): string | Uint8Array | null | typeof badBase64 {
  const bytes = exchange.requestBody;
  if (bytes === null) return null;
  const isBinary = contentType !== null && exchange.route.isBinary(mediaTypeOf(contentType));
  if (!isBinary && contentHandling === undefined) return exchange.bodyText();
  return convertRequestBody(bytes, isBinary, contentHandling);
}

function passThrough(exchange: Exchange, mapped: MappedRequest, body: string | Uint8Array | null): Outcome {
  exchange.integrationRequest = { path: mapped.path, query: mapped.query, headers: mapped.headers, body };
  return undefined;
}

function transform(
  exchange: Exchange,
  choice: TemplateChoice,
  mapped: MappedRequest,
  body: string | null,
): Outcome | Promise<Outcome> {
  const { template } = choice.prepared;
  if (template.constantOutput !== null) return passThrough(exchange, mapped, template.constantOutput);
  const result = choice.prepared.render(templateScope(exchange, template, body));
  if (result instanceof Promise) return result.then((late) => accept(exchange, mapped, late));
  return accept(exchange, mapped, result);
}

function accept(exchange: Exchange, mapped: MappedRequest, result: RenderResult | RenderFailure): Outcome {
  if (isRenderFailure(result)) return renderFailure(exchange, result, 'Unable to transform request');
  if (result.responseOverride !== undefined) exchange.responseOverride = result.responseOverride;
  if (result.requestOverride !== undefined) {
    exchange.requestOverride = result.requestOverride;
    const overridden = withRequestOverride(mapped, result.requestOverride);
    if (overridden === null)
      return configurationError(exchange, 'a template sets a header that only the gateway may set');
    return passThrough(exchange, overridden, result.output);
  }
  return passThrough(exchange, mapped, result.output);
}

/** The refusal for a template that failed, told in the execution log. @param act - AWS's words for what failed */
export function renderFailure(exchange: Exchange, result: RenderFailure, act: string): Failure {
  exchange.log?.error(`Execution failed due to configuration error: ${act}: ${result.detail}`);
  return result.failed === 'overloaded' ? failures.overloaded : failures.configurationError;
}
