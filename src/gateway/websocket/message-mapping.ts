// Parameter mappings of WebSocket integrations: `integration.request.header.x` from `route.request.body.y`.
// See WebSocket reference, section 4.

import { setIn } from '../../base/flat-list.ts';
import { isFieldValue } from '../../base/header-field.ts';
import { socketAccessor } from '../../exchange/socket-context.ts';
import type { SocketEvent } from '../../exchange/socket-event.ts';
import { compileTextPath, notJson } from '../../mapping/index.ts';

/** null: no value, the target is left out. */
type Reader = (event: SocketEvent) => string | null;

interface Mapping {
  readonly location: 'path' | 'querystring' | 'header';
  readonly name: string;
  readonly read: Reader;
}

/** Flat name, value lists. */
export interface MappedMessage {
  readonly path: readonly string[];
  readonly query: readonly string[];
  /** Lower-case names, each once. */
  readonly headers: readonly string[];
}

const none: readonly string[] = Object.freeze([]);
const nothingMapped: MappedMessage = Object.freeze({ path: none, query: none, headers: none });
const target = /^integration\.request\.(path|querystring|header)\.([a-zA-Z0-9._$-]+)$/;
const source =
  /^route\.request\.(querystring|multivaluequerystring|header|multivalueheader)\.([a-zA-Z0-9._$-]+)$/;

/** @returns why a mapping cannot be delivered, or what was mapped */
export type MapMessage = (event: SocketEvent) => MappedMessage | string;

/** What is no mapping is passed over; the control plane has told of it. */
export function compileMessageMapping(
  parameters: Readonly<Record<string, string>>,
  stageVariables: Readonly<Record<string, string>>,
): MapMessage {
  const mappings: Mapping[] = [];
  for (const [key, expression] of Object.entries(parameters)) {
    const found = target.exec(key);
    const read = compileReader(expression, stageVariables);
    if (found !== null && read !== null)
      mappings.push({ location: found[1] as Mapping['location'], name: found[2]!, read });
  }
  if (mappings.length === 0) return () => nothingMapped;
  return (event) => map(event, mappings);
}

function map(event: SocketEvent, mappings: readonly Mapping[]): MappedMessage | string {
  const mapped = { path: [] as string[], query: [] as string[], headers: [] as string[] };
  for (const { location, name, read } of mappings) {
    const value = read(event);
    if (value === null) continue;
    if (location === 'path') setIn(mapped.path, name, value);
    else if (location === 'querystring') mapped.query.push(name, value);
    else if (isFieldValue(value)) setIn(mapped.headers, name.toLowerCase(), value);
    else return `the value for header "${name}" has control characters`;
  }
  return mapped;
}

/** @returns null for what is no expression */
export function compileReader(
  expression: string,
  stageVariables: Readonly<Record<string, string>>,
): Reader | null {
  if (expression.length >= 2 && expression.startsWith("'") && expression.endsWith("'")) {
    const text = expression.slice(1, -1);
    return () => text;
  }
  if (expression.startsWith('context.')) return socketAccessor(expression.slice('context.'.length));
  if (expression.startsWith('stageVariables.')) {
    const value = stageVariables[expression.slice('stageVariables.'.length)] ?? null;
    return () => value;
  }
  if (expression === 'route.request.body') return (event) => event.text || null;
  if (/^route\.request\.body[.[]/.test(expression)) {
    const read = compileTextPath(`$${expression.slice('route.request.body'.length)}`);
    return (event) => {
      const value = read(event.text);
      return value === notJson ? null : value;
    };
  }
  const found = source.exec(expression);
  if (found === null) return null;
  const name = found[2]!;
  const lower = name.toLowerCase();
  switch (found[1]) {
    case 'querystring':
      return (event) => event.queryParameterAll(name).at(-1) ?? null;
    case 'multivaluequerystring':
      return (event) => joined(event.queryParameterAll(name));
    case 'header':
      return (event) => event.header(lower);
    default:
      return (event) => joined(event.headerAll(lower));
  }
}

const joined = (values: readonly string[]): string | null => (values.length === 0 ? null : values.join(','));
