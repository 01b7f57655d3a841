// What an AWS integration sends, before it is signed: an action as its service names actions, or a path of the service's
// own.

import { valueIn } from '../base/flat-list.ts';
import type { AwsUri } from '../exchange/aws-uri.ts';
import { textOf } from '../exchange/content.ts';
import type { Exchange, IntegrationRequest } from '../exchange/exchange.ts';
import { compilePath, compileQuery, encodedQuery, type Filling, joinQueries } from './aws-query.ts';
import { type ActionProtocol, actionProtocol } from './aws-services.ts';
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

/**
 * @param sendsBody - the verb has a body
 * @returns null when a placeholder has no value, or the filled path is none
 */
export type CompiledCall = (
  exchange: Exchange,
  request: IntegrationRequest,
  sendsBody: boolean,
) => ServiceCall | null;

/** @throws IntegrationError when the URI's action cannot be one */
export function compileCall(uri: AwsUri): CompiledCall {
  return uri.kind === 'path' ? compilePathCall(uri) : compileAction(uri);
}

function compilePathCall(uri: AwsUri): CompiledCall {
  const mark = uri.rest.indexOf('?');
  const path = compilePath(mark < 0 ? uri.rest : uri.rest.slice(0, mark), slashesOf(uri));
  const own = compileQuery(mark < 0 ? '' : uri.rest.slice(mark + 1));
  return (exchange, request, sendsBody) => {
    const filled = path((name) => valueIn(request.path, name));
    const query = queryOf(own, request);
    if (filled === null || query === null) return null;
    const contentType = sendsBody ? (mappedType(request) ?? clientType(exchange)) : null;
    return { path: filled, query, contentType, amzTarget: null, body: sendsBody ? request.body : null };
  };
}

const slashesOf = ({ service }: AwsUri) => (service === 's3' ? 'decoded' : 'kept');

function compileAction(uri: AwsUri): CompiledCall {
  const [, action = '', , extras = ''] = /^([A-Za-z0-9._-]+)\/?([&?](.*))?$/s.exec(uri.rest) ?? [];
  if (action === '') throw new IntegrationError(`"${uri.rest}" names no action of service "${uri.service}"`);
  const own = compileQuery(extras);
  return (_, request, sendsBody) => {
    const query = queryOf(own, request);
    if (query === null) return null;
    const type = mappedType(request);
    const protocol = actionProtocol(uri.service, uri.subdomain, type);
    if (protocol.kind === 'query')
      return sendsBody
        ? postedAction(action, protocol, query, type, request.body)
        : { ...noBody, query: actionQuery(action, protocol, query, '') };
    return {
      path: '/',
      query,
      contentType: sendsBody ? (type ?? protocol.contentType) : null,
      amzTarget: `${protocol.targetPrefix}.${action}`,
      body: sendsBody ? request.body : null,
    };
  };
}

type QueryProtocol = ActionProtocol & { readonly kind: 'query' };

const mappedType = (request: IntegrationRequest): string | null => valueIn(request.headers, 'content-type');
const clientType = (exchange: Exchange): string => exchange.header('content-type') ?? 'application/json';

/** The URI's own parameters, then mapped ones. */
function queryOf(own: Filling, request: IntegrationRequest): string | null {
  const filled = own((name) => valueIn(request.path, name));
  return filled === null ? null : joinQueries(filled, encodedQuery(request.query));
}

const noBody = { path: '/', contentType: null, amzTarget: null, body: null } as const;
const formType = 'application/x-www-form-urlencoded';
const formText = /^[A-Za-z][\w.-]*=/;

/**
 * An action of the Query protocol with a verb that has a body. Its parameters are the form that is sent, and join the
 * form that a template wrote: a service that finds some of them may not look for the others in the query string. What no
 * mapping calls a form, and looks like none, is the client's own body: not for the service. A type that is mapped and
 * is no form goes with its body; the parameters then stand in the query string.
 */
function postedAction(
  action: string,
  protocol: QueryProtocol,
  given: string,
  mapped: string | null,
  body: string | Uint8Array | null,
): ServiceCall {
  const text = body === null ? '' : typeof body === 'string' ? body : textOf(body);
  const isForm = mapped === null ? formText.test(text) : mapped.toLowerCase().startsWith(formType);
  if (mapped !== null && !isForm)
    return { ...noBody, query: actionQuery(action, protocol, given, ''), contentType: mapped, body };
  const form = isForm ? text.trim() : '';
  const parameters = actionQuery(action, protocol, given, form).replaceAll('%20', '+');
  return { ...noBody, query: '', contentType: mapped ?? formType, body: joinQueries(parameters, form) };
}

/** The action, the version where none is given, and the parameters. */
function actionQuery(action: string, { version }: QueryProtocol, given: string, form: string): string {
  const isGiven = (name: string): boolean => `&${given}&${form}`.includes(`&${name}=`);
  const versioned = version === null || isGiven('Version') ? given : joinQueries(`Version=${version}`, given);
  return isGiven('Action') ? versioned : joinQueries(`Action=${action}`, versioned);
}
