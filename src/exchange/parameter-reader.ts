// Parameter mappings as functions of the exchange: compiled once, called per request.

import { utf8AsLatin1 } from '../base/header-field.ts';
import { compileTextPath, memberOfText, notJson } from '../mapping/index.ts';
import type { ParameterSource } from '../mapping/parameter/parameter.ts';
import { textOf } from './content.ts';
import { mappingAccessor } from './context.ts';
import type { Exchange, IntegrationAnswer } from './exchange.ts';
import { compileHeaderReader, compileMultiHeaderReader } from './visible-headers.ts';

/** A body that a mapping wanted as JSON is not JSON: 400 for the request's, 500 for the answer's. */
export { notJson as brokenJson };

/** @returns the text; null when the source has no value (the target is then omitted); or {@link notJson} */
export type ParameterReader = (exchange: Exchange) => string | null | typeof notJson;

/** Compiles a source that reads the request. @param stageVariables - constants of the plan */
export function compileRequestReader(
  source: ParameterSource,
  stageVariables: Readonly<Record<string, string>>,
): ParameterReader {
  switch (source.kind) {
    case 'path': {
      const name = source.name;
      return (exchange) => exchange.pathParameter(name);
    }
    case 'querystring': {
      const name = source.name;
      return (exchange) => exchange.queryParameter(name);
    }
    case 'multivaluequerystring': {
      const name = source.name;
      return (exchange) => joined(exchange.queryParameterAll(name));
    }
    case 'header':
      return compileHeaderReader(source.name);
    case 'multivalueheader':
      return compileMultiHeaderReader(source.name);
    case 'body':
      return compileBodyReader(source.jsonPath, (exchange: Exchange) => exchange.bodyText());
    default:
      return compileCommonReader(source, stageVariables);
  }
}

/** Compiles a source that reads the integration's answer. */
export function compileResponseReader(
  source: ParameterSource,
  stageVariables: Readonly<Record<string, string>>,
): ParameterReader {
  switch (source.kind) {
    case 'header':
    case 'multivalueheader': {
      const read = compileAnswerReader(source);
      return (exchange) => read(exchange.integrationAnswer);
    }
    case 'body': {
      const read = compileAnswerReader(source);
      return asFieldText((exchange) => read(exchange.integrationAnswer));
    }
    case 'path':
    case 'querystring':
    case 'multivaluequerystring':
      return () => null;
    default:
      return asFieldText(compileCommonReader(source, stageVariables));
  }
}

/** A source in the backend's answer. */
export type AnswerSource = Extract<ParameterSource, { kind: 'header' | 'multivalueheader' | 'body' }>;
/** What is said of {@link ParameterReader} holds; null where there is no answer. */
export type AnswerReader = (answer: IntegrationAnswer | null) => string | null | typeof notJson;

/** Compiles a source that reads the answer of a backend, whoever asked it. */
export function compileAnswerReader(source: AnswerSource): AnswerReader {
  if (source.kind === 'body') return compileAnswerBodyReader(source.jsonPath);
  const name = source.name.toLowerCase();
  return source.kind === 'header'
    ? (answer) => lastOf(answerHeaderAll(answer, name))
    : (answer) => joined(answerHeaderAll(answer, name));
}

/** Text for a response header, in the latin1 form that an answer's own fields have: it is sent as UTF-8. */
function asFieldText(read: ParameterReader): ParameterReader {
  return (exchange) => {
    const value = read(exchange);
    return typeof value === 'string' ? utf8AsLatin1(value) : value;
  };
}

function compileCommonReader(
  source: Extract<ParameterSource, { kind: 'static' | 'context' | 'stageVariable' }>,
  stageVariables: Readonly<Record<string, string>>,
): ParameterReader {
  if (source.kind === 'context') return mappingAccessor(source.name);
  const constant = source.kind === 'static' ? source.text : (stageVariables[source.name] ?? null);
  return () => constant;
}

/** The body is parsed only when it begins like JSON, else it is text (reference, section 7). */
function compileBodyReader<Source>(
  jsonPath: string | null,
  bodyOf: (from: Source) => string,
): (from: Source) => string | null | typeof notJson {
  if (jsonPath === null) return (from) => bodyOf(from) || null;
  const read = compileTextPath(jsonPath);
  return (from) => {
    const text = bodyOf(from).trimStart();
    return text !== '' && '{["\''.includes(text.charAt(0)) ? read(text) : null;
  };
}

const inErrorMessage = /^\$\.errorMessage(?=[.[])/;

/**
 * A path into the `errorMessage` of a failed function reads it as JSON, where it holds such text (reference, section 7).
 */
function compileAnswerBodyReader(jsonPath: string | null): AnswerReader {
  const read = compileBodyReader(jsonPath, answerBodyText);
  if (jsonPath === null || !inErrorMessage.test(jsonPath)) return read;
  const readWithin = compileTextPath(jsonPath.replace(inErrorMessage, '$'));
  return (answer) => {
    const value = read(answer);
    if (value !== null || answerHeaderAll(answer, 'x-amz-function-error').length === 0) return value;
    const message = memberOfText(answerBodyText(answer), 'errorMessage');
    const found = typeof message === 'string' && /^\s*[{[]/.test(message) ? readWithin(message) : null;
    // Text that is no JSON is a message like any other.
    return found === notJson ? null : found;
  };
}

function answerBodyText(answer: IntegrationAnswer | null): string {
  const body = answer?.body ?? null;
  return body === null ? '' : textOf(body);
}

/** @param name - lower case */
export function answerHeaderAll(answer: IntegrationAnswer | null, name: string): string[] {
  const headers = answer?.headers ?? [];
  const found: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i]!.length === name.length && headers[i]!.toLowerCase() === name) found.push(headers[i + 1]!);
  }
  return found;
}

const lastOf = (values: readonly string[]): string | null => values.at(-1) ?? null;
const joined = (values: readonly string[]): string | null => (values.length === 0 ? null : values.join(','));
