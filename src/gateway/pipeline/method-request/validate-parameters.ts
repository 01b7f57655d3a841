// METHOD REQUEST, parameters: every required one must be there and not blank.

import type { Exchange } from '../../../exchange/exchange.ts';
import { failures } from '../../../exchange/gateway-response.ts';
import type { Phase } from '../../../exchange/phase.ts';
import { compileHeaderReader } from '../../../exchange/visible-headers.ts';
import type { Method } from '../../../resources/index.ts';

interface Required {
  readonly name: string;
  readonly read: (exchange: Exchange) => string | null;
}

const declaration = /^method\.request\.(path|querystring|header)\.(.+)$/;

/**
 * Compiles the phase; null when nothing is required. The message lists what is missing in the order header,
 * path, query string.
 * @see data-plane reference, section 16
 */
export function compileParameterValidation(method: Method): Phase | null {
  const required: Record<'header' | 'path' | 'querystring', Required[]> = {
    header: [],
    path: [],
    querystring: [],
  };
  for (const [key, isRequired] of Object.entries(method.requestParameters ?? {})) {
    const parts = declaration.exec(key);
    if (!isRequired || parts === null) continue;
    const name = parts[2]!;
    const location = parts[1] as 'header' | 'path' | 'querystring';
    required[location].push({ name, read: readerOf(location, name) });
  }
  const all = [...required.header, ...required.path, ...required.querystring];
  if (all.length === 0) return null;
  return (exchange) => {
    for (const { read } of all) if (isBlank(read(exchange))) return refuse(exchange, all);
    return undefined;
  };
}

function readerOf(location: 'header' | 'path' | 'querystring', name: string): Required['read'] {
  if (location === 'path') return (exchange) => exchange.pathParameter(name);
  if (location === 'querystring') return (exchange) => exchange.queryParameter(name);
  return compileHeaderReader(name);
}

const isBlank = (value: string | null): boolean => value === null || value.trim() === '';

function refuse(exchange: Exchange, all: readonly Required[]) {
  const missing = all.filter(({ read }) => isBlank(read(exchange))).map(({ name }) => name);
  exchange.errorMessage = `Missing required request parameters: [${missing.join(', ')}]`;
  exchange.log?.error(exchange.errorMessage);
  return failures.badRequestParameters;
}
