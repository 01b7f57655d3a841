// What an AWS integration sends, before it is signed: an action as its service names actions, or a path of the service's
// own.

import { valueIn } from '../base/flat-list.ts';
import type { Exchange, IntegrationRequest } from '../exchange/exchange.ts';
import { compilePath, compileQuery, encodedQuery, type Filling, joinQueries } from './aws-query.ts';
import { type ActionProtocol, actionProtocol } from './aws-services.ts';
import type { AwsUri } from './aws-uri.ts';
import { IntegrationError } from './integration-kind.ts';

/** A call, not signed yet. */
export interface ServiceCall {
  /** Both encoded as they are sent. */
  readonly path: string;
  readonly query: string;
  /** null: none is sent. */
  readonly contentType: string | null;
  /** The action, where a field names it. */
  readonly amzTarget: string | null;
  readonly body: string | Uint8Array | null;
}

/** @returns null when a placeholder has no value, or the filled path is none */
export type CompiledCall = (exchange: Exchange, request: IntegrationRequest) => ServiceCall | null;

/**
 * @param sendsBody - the verb has a body
 * @throws IntegrationError when the URI's action cannot be one
 */
export function compileCall(uri: AwsUri, sendsBody: boolean): CompiledCall {
  return uri.kind === 'path' ? compilePathCall(uri, sendsBody) : compileAction(uri, sendsBody);
}

function compilePathCall(uri: AwsUri, sendsBody: boolean): CompiledCall {
  const mark = uri.rest.indexOf('?');
  const path = compilePath(mark < 0 ? uri.rest : uri.rest.slice(0, mark), slashesOf(uri));
  const own = compileQuery(mark < 0 ? '' : uri.rest.slice(mark + 1));
  return (exchange, request) => {
    const filled = path((name) => valueIn(request.path, name));
    const query = queryOf(own, request);
    if (filled === null || query === null) return null;
    const contentType = sendsBody ? (mappedType(request) ?? clientType(exchange)) : null;
    return { path: filled, query, contentType, amzTarget: null, body: sendsBody ? request.body : null };
  };
}

const slashesOf = ({ service }: AwsUri) => (service === 's3' ? 'decoded' : 'kept');

function compileAction(uri: AwsUri, sendsBody: boolean): CompiledCall {
  const [, action = '', , extras = ''] = /^([A-Za-z0-9._-]+)\/?([&?](.*))?$/s.exec(uri.rest) ?? [];
  if (action === '') throw new IntegrationError(`"${uri.rest}" names no action of service "${uri.service}"`);
  const own = compileQuery(extras);
  return (exchange, request) => {
    const query = queryOf(own, request);
    if (query === null) return null;
    const type = mappedType(request);
    const protocol = actionProtocol(uri.service, uri.subdomain, type);
    if (protocol.kind === 'query') {
      const contentType = sendsBody ? (type ?? clientType(exchange)) : null;
      return queryCall(action, protocol, query, contentType, sendsBody ? request.body : null);
    }
    return {
      path: '/',
      query,
      contentType: sendsBody ? (type ?? protocol.contentType) : null,
      amzTarget: `${protocol.targetPrefix}.${action}`,
      body: sendsBody ? request.body : null,
    };
  };
}

const mappedType = (request: IntegrationRequest): string | null => valueIn(request.headers, 'content-type');
const clientType = (exchange: Exchange): string => exchange.header('content-type') ?? 'application/json';

/** The URI's own parameters, then mapped ones. */
function queryOf(own: Filling, request: IntegrationRequest): string | null {
  const filled = own((name) => valueIn(request.path, name));
  return filled === null ? null : joinQueries(filled, encodedQuery(request.query));
}

const formType = 'application/x-www-form-urlencoded';

/**
 * An action of the Query protocol. Its parameters stand in the query string; beside a form they join it, because a
 * service that finds one of the two may not look for the other.
 */
function queryCall(
  action: string,
  { version }: ActionProtocol & { kind: 'query' },
  given: string,
  contentType: string | null,
  body: string | Uint8Array | null,
): ServiceCall {
  const isForm = contentType?.toLowerCase().startsWith(formType) === true;
  const form = !isForm || body === null ? '' : typeof body === 'string' ? body : Buffer.from(body).toString();
  const isGiven = (name: string): boolean => `&${given}&${form}`.includes(`&${name}=`);
  let query = given;
  if (version !== null && !isGiven('Version')) query = joinQueries(`Version=${version}`, query);
  if (!isGiven('Action')) query = joinQueries(`Action=${action}`, query);
  return isForm
    ? { path: '/', query: '', contentType, amzTarget: null, body: joinQueries(query, form.trim()) }
    : { path: '/', query, contentType, amzTarget: null, body };
}
