// The header fields of a request as a proxy function's event shows them: which, in what spelling, in what order.

import { rootOf } from '../base/trace.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { frontFields, hiddenFromMappings } from '../exchange/visible-headers.ts';

/** Names whose customary spelling is another than a capital at the beginning of each word. */
const spellings: ReadonlyMap<string, string> = new Map([
  ['dnt', 'DNT'],
  ['soapaction', 'SOAPAction'],
  ['x-csrf-token', 'X-CSRF-Token'],
  ['x-xsrf-token', 'X-XSRF-TOKEN'],
]);

/**
 * A field's name as functions see it. The listener knows names in lower case only, whatever the client wrote. Functions
 * look up `event.headers.Authorization` and `event.headers['Content-Type']` more often than the lower-case forms: that
 * is what most clients write over HTTP/1.1, and what edge-optimised endpoints make of every name. So each word begins
 * with a capital: `Host`, `User-Agent`, `X-Forwarded-For`, `X-Api-Key`.
 *
 * @param name - lower case
 */
export function customarySpelling(name: string): string {
  return spellings.get(name) ?? name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
}

/** One field of an event. */
export interface EventField {
  /** Lower case. */
  readonly name: string;
  /** `"User-Agent":` */
  readonly key: string;
  readonly value: string;
}

/** A name that was met before; `key` is '' where its fields are not shown. */
type KnownName = Omit<EventField, 'value'>;
const known = new Map<string, KnownName>();
const knownMax = 4_096;

function knownName(name: string): KnownName {
  const found = known.get(name);
  if (found !== undefined) return found;
  const isShown = !hiddenFromMappings.has(name) && !frontFields.has(name);
  const made = { name, key: isShown ? keyOf(customarySpelling(name)) : '' };
  if (known.size < knownMax) known.set(name, made);
  return made;
}

const keyOf = (text: string): string => `${JSON.stringify(text)}:`;

/** What the front writes, or adds to. A trace that begins here has a root and nothing else yet. */
const front = [...frontFields].map(([name, read]) => ({
  name,
  key: keyOf(customarySpelling(name)),
  read: name === 'x-amzn-trace-id' ? traceOf : read,
}));

function traceOf(exchange: Exchange): string {
  const trace = exchange.traceId();
  return exchange.header('x-amzn-trace-id') === null ? rootOf(trace) : trace;
}

/** A field that a mapping adds. @param name - spelled as the mapping spells it */
export function addedField(name: string, value: string): EventField {
  return { name: name.toLowerCase(), key: keyOf(name), value };
}

/**
 * `"headers":{...},"multiValueHeaders":{...}`, both in alphabetical order as on AWS, or both null: the last value of a
 * name stands in the first, all of them in the second.
 *
 * @param hasFront - the front's own fields are there too: those of a request that came through a listener
 * @param added - more fields, of names that the client did not send
 */
export function headerMaps(exchange: Exchange, hasFront: boolean, added: readonly EventField[]): string {
  const { headers } = exchange;
  const fields: SortedFields = { names: [], keys: [], values: [] };
  for (let i = 0; i < headers.length; i += 2) {
    const { name, key } = knownName(headers[i]!);
    if (key === '' || isSigned(name, headers[i + 1]!)) continue;
    place(fields, name, key, headers[i + 1]!);
  }
  if (hasFront) for (const { name, key, read } of front) place(fields, name, key, read(exchange));
  for (const { name, key, value } of added) place(fields, name, key, value);
  return fields.names.length === 0 ? '"headers":null,"multiValueHeaders":null' : mapsOf(fields);
}

/** Three lists side by side: an object for each field would cost as much as the sorting. */
interface SortedFields {
  readonly names: string[];
  readonly keys: string[];
  readonly values: string[];
}

/** Insertion, since a listener takes no more than a hundred fields, and few have more than twenty. Equals keep their order. */
function place({ names, keys, values }: SortedFields, name: string, key: string, value: string): void {
  let at = names.length;
  names.push(name);
  keys.push(key);
  values.push(value);
  while (at > 0 && names[at - 1]! > name) {
    names[at] = names[at - 1]!;
    keys[at] = keys[at - 1]!;
    values[at] = values[at - 1]!;
    at--;
  }
  names[at] = name;
  keys[at] = key;
  values[at] = value;
}

function mapsOf({ names, keys, values }: SortedFields): string {
  let last = '';
  let all = '';
  for (let i = 0; i < names.length; i++) {
    const key = keys[i]!;
    let text = JSON.stringify(values[i]!);
    let list = text;
    while (i + 1 < names.length && names[i + 1] === names[i]) {
      text = JSON.stringify(values[++i]!);
      list += `,${text}`;
    }
    const comma = last === '' ? '' : ',';
    last += `${comma}${key}${text}`;
    all += `${comma}${key}[${list}]`;
  }
  return `"headers":{${last}},"multiValueHeaders":{${all}}`;
}

/** Signed for this gateway, not for the function (reference, section 6.1). */
function isSigned(name: string, value: string): boolean {
  return name === 'authorization' && value.startsWith('AWS4-');
}
