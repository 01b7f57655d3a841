// Identity sources: what a caller must show, and what answers are kept by.

import type { Exchange } from '../exchange/exchange.ts';
import { compileRequestReader } from '../exchange/parameter-reader.ts';
import { socketAccessor } from '../exchange/socket-context.ts';
import type { SocketEvent } from '../exchange/socket-event.ts';
import { parseParameterSource } from '../mapping/parameter/parameter.ts';

/** @returns null where the request has no such thing, or an empty one */
export type IdentityReader<T> = (of: T) => string | null;

const ofRequest = /^(?:method\.request\.(?:header|querystring)|stageVariables|context)\./;

/** @param source - `method.request.header.X` and the like @returns null when it is no identity source */
export function compileIdentitySource(
  source: string,
  stageVariables: Readonly<Record<string, string>>,
): IdentityReader<Exchange> | null {
  const parsed = ofRequest.test(source) ? parseParameterSource(source, 'gatewayResponse') : null;
  if (parsed === null) return null;
  const read = compileRequestReader(parsed, stageVariables);
  return (exchange) => {
    const value = read(exchange);
    return typeof value === 'string' && value !== '' ? value : null;
  };
}

const ofRoute = /^(?:route\.request\.(header|querystring)|(stageVariables|context))\.(.+)$/;

/** The same for WebSocket APIs. @param source - `route.request.header.X` and the like */
export function compileSocketIdentitySource(
  source: string,
  stageVariables: Readonly<Record<string, string>>,
): IdentityReader<SocketEvent> | null {
  const [, part, root, name = ''] = ofRoute.exec(source.trim()) ?? [];
  const read: IdentityReader<SocketEvent> | null =
    part === 'header'
      ? headerReader(name.toLowerCase())
      : part === 'querystring'
        ? (event) => event.queryParameterAll(name).at(-1) ?? null
        : root === 'context'
          ? socketAccessor(name)
          : root === 'stageVariables'
            ? () => stageVariables[name] ?? null
            : null;
  return read === null ? null : (event) => read(event) || null;
}

const headerReader =
  (name: string): IdentityReader<SocketEvent> =>
  (event) =>
    event.header(name);

const bearer = /^bearer(?: +|$)/i;

/** The token in what a caller showed: `Bearer abc`, or `abc` alone. */
export const bearerToken = (shown: string): string =>
  // As nearly everybody writes it: a slice copies nothing, where the expression takes 0.3 us.
  shown.startsWith('Bearer ') && shown.charCodeAt(7) > 0x20
    ? shown.slice(7).trimEnd()
    : shown.replace(bearer, '').trim();

/** All of them, as one key; null when one is missing. Lengths tell values apart that hold whatever stands between them. */
export function identityKey<T>(readers: readonly IdentityReader<T>[], of: T): string | null {
  if (readers.length === 1) return readers[0]!(of);
  let key = '';
  for (const read of readers) {
    const value = read(of);
    if (value === null) return null;
    key += `${value.length}:${value}`;
  }
  return key;
}
