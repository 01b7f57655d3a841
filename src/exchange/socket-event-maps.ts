// Header fields and query parameters of a WebSocket event as functions see them. See WebSocket reference, section 5.

import type { SocketEvent } from './socket-event.ts';

export type HeaderMaps = {
  headers: Record<string, string> | null;
  multiValueHeaders: Record<string, string[]>;
};

/** The handshake's; at the end only the few that the reference names. */
export function headerMaps(event: SocketEvent): HeaderMaps {
  const flat =
    event.type === 'CONNECT'
      ? withFront(event)
      : event.type === 'DISCONNECT'
        ? ['Host', event.session.domainName, 'x-api-key', '', 'X-Forwarded-For', '', 'x-restapi', '']
        : null;
  const headers: Record<string, string> = Object.create(null);
  const multiValueHeaders: Record<string, string[]> = Object.create(null);
  if (flat === null) return { headers: null, multiValueHeaders };
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i]!;
    headers[name] = flat[i + 1]!;
    const values = multiValueHeaders[name] ?? [];
    values.push(flat[i + 1]!);
    multiValueHeaders[name] = values;
  }
  return { headers, multiValueHeaders };
}

const hidden: ReadonlySet<string> = new Set(['connection', 'upgrade', 'content-length', 'transfer-encoding']);

function withFront(event: SocketEvent): string[] {
  const { downstream, headers } = event.request!;
  const flat: string[] = [];
  const forwarded: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!;
    if (name === 'x-forwarded-for') forwarded.push(headers[i + 1]!);
    else if (!hidden.has(name) && !frontNames.has(name)) flat.push(customary(name), headers[i + 1]!);
  }
  forwarded.push(event.session.sourceIp);
  flat.push('X-Forwarded-For', forwarded.join(', '));
  flat.push('X-Forwarded-Port', String(downstream.localPort));
  flat.push('X-Forwarded-Proto', downstream.tls ? 'https' : 'http');
  return flat;
}

const frontNames: ReadonlySet<string> = new Set(['x-forwarded-port', 'x-forwarded-proto']);

/** `sec-websocket-key` -> `Sec-WebSocket-Key`: names come to us in lower case. */
function customary(name: string): string {
  const known = customaryNames.get(name);
  if (known !== undefined) return known;
  const spelled = name
    .split('-')
    .map((part) => (part === 'websocket' ? 'WebSocket' : part.charAt(0).toUpperCase() + part.slice(1)))
    .join('-');
  if (customaryNames.size < 1_000) customaryNames.set(name, spelled);
  return spelled;
}

const customaryNames = new Map<string, string>();

/** Both maps; no members where there are no parameters. */
export function queryMaps(event: SocketEvent): Record<string, unknown> {
  if (event.request === null || event.request.query === '') return {};
  const { names, values } = event.query();
  const queryStringParameters: Record<string, string> = Object.create(null);
  const multiValueQueryStringParameters: Record<string, string[]> = Object.create(null);
  names.forEach((name, i) => {
    queryStringParameters[name] = values[i]!;
    multiValueQueryStringParameters[name] = [...(multiValueQueryStringParameters[name] ?? []), values[i]!];
  });
  return { queryStringParameters, multiValueQueryStringParameters };
}
