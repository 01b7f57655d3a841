// Which of a request's header fields mappings and templates see: the client's, but for those that the front takes
// away, and those that the front writes itself.

import type { Exchange } from './exchange.ts';

/**
 * Fields that never become visible to mappings or templates; lower case.
 * @see data-plane reference, section 6.2 (ingress)
 */
export const hiddenFromMappings: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'content-md5',
  'expect',
  'max-forwards',
  'proxy-authenticate',
  'server',
  'te',
  'transfer-encoding',
  'trailer',
  'upgrade',
  'www-authenticate',
]);

/** Fields that the front writes, or adds to: lower-case name -> value. @see data-plane reference, section 6.3 */
export const frontFields: ReadonlyMap<string, (exchange: Exchange) => string> = new Map([
  ['x-forwarded-for', forwardedFor],
  ['x-forwarded-port', (exchange) => String(exchange.downstream.localPort)],
  ['x-forwarded-proto', (exchange) => (exchange.downstream.tls ? 'https' : 'http')],
  ['x-amzn-trace-id', (exchange) => exchange.traceId()],
]);

function forwardedFor(exchange: Exchange): string {
  const given = exchange.headerAll('x-forwarded-for');
  return given.length === 0 ? exchange.sourceIp() : `${given.join(', ')}, ${exchange.sourceIp()}`;
}

/** Reads one field as mappings see it, the last value where there are many. @param name - any case */
export function compileHeaderReader(name: string): (exchange: Exchange) => string | null {
  const lower = name.toLowerCase();
  if (hiddenFromMappings.has(lower)) return () => null;
  return frontFields.get(lower) ?? ((exchange) => exchange.header(lower));
}

/** As `compileHeaderReader`, all values joined with `,`. */
export function compileMultiHeaderReader(name: string): (exchange: Exchange) => string | null {
  const lower = name.toLowerCase();
  if (hiddenFromMappings.has(lower) || frontFields.has(lower)) return compileHeaderReader(lower);
  return (exchange) => {
    const values = exchange.headerAll(lower);
    return values.length === 0 ? null : values.join(',');
  };
}
