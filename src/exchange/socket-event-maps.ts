// Header fields and query parameters of a WebSocket event as functions see them. See WebSocket reference, section 5.

import { customarySpelling } from './customary-spelling.ts';
import { GatheredValues } from './gathered-values.ts';
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
  if (flat === null) return { headers: null, multiValueHeaders: {} };
  const gathered = new GatheredValues();
  for (let i = 0; i < flat.length; i += 2) gathered.add(flat[i]!, flat[i + 1]!);
  return { headers: gathered.last, multiValueHeaders: gathered.all };
}

const hidden: ReadonlySet<string> = new Set(['connection', 'upgrade', 'content-length', 'transfer-encoding']);

function withFront(event: SocketEvent): string[] {
  const { downstream, headers } = event.request!;
  const flat: string[] = [];
  const forwarded: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!;
    if (name === 'x-forwarded-for') forwarded.push(headers[i + 1]!);
    else if (!hidden.has(name) && !frontNames.has(name)) flat.push(customarySpelling(name), headers[i + 1]!);
  }
  forwarded.push(event.session.sourceIp);
  flat.push('X-Forwarded-For', forwarded.join(', '));
  flat.push('X-Forwarded-Port', String(downstream.localPort));
  flat.push('X-Forwarded-Proto', downstream.tls ? 'https' : 'http');
  return flat;
}

const frontNames: ReadonlySet<string> = new Set(['x-forwarded-port', 'x-forwarded-proto']);

/** Both maps; no members where there are no parameters. */
export function queryMaps(event: SocketEvent): Record<string, unknown> {
  if (event.request === null || event.request.query === '') return {};
  const { names, values } = event.query();
  const query = new GatheredValues();
  names.forEach((name, i) => {
    query.add(name, values[i]!);
  });
  return { queryStringParameters: query.last, multiValueQueryStringParameters: query.all };
}
