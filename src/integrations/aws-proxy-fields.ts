// The header fields of a request as a proxy function's event shows them: which, in what spelling, in what order.

import type { Exchange } from '../exchange/exchange.ts';
import { frontFields, hiddenFromMappings } from '../exchange/visible-headers.ts';
import { jsonText } from './json-text.ts';

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

/** One field as the two maps of an event show it. */
interface Shown {
  /** `"User-Agent":"curl/8.5.0"` */
  readonly last: string;
  /** `"User-Agent":["curl/8.5.0"]` */
  readonly all: string;
  /** `"curl/8.5.0"` */
  readonly text: string;
}

/** A field that is not one of the client's. */
export interface EventField extends Shown {
  /** Lower case. */
  readonly name: string;
}

/**
 * A name that was met before, and how its last value was written: hosts, agents and types come again and again, and
 * writing twenty fields anew took 5 us of an event's 17.
 */
class KnownName {
  readonly name: string;
  /** `"User-Agent":`; '' where the field is not shown. */
  readonly key: string;
  /** Values of these differ, and may be secrets. */
  readonly #isRemembered: boolean;
  #value = '';
  #shown: Shown;

  constructor(name: string, isShown: boolean) {
    this.name = name;
    this.key = isShown ? keyOf(customarySpelling(name)) : '';
    this.#isRemembered = !differing.has(name);
    this.#shown = show(this.key, '');
  }

  shown(value: string): Shown {
    if (value === this.#value) return this.#shown;
    const shown = show(this.key, value);
    if (this.#isRemembered && value.length <= rememberedLengthMax) {
      this.#value = value;
      this.#shown = shown;
    }
    return shown;
  }
}

const differing: ReadonlySet<string> = new Set(['authorization', 'cookie', 'x-amzn-trace-id']);
const known = new Map<string, KnownName>();
const knownMax = 2_048;
const rememberedLengthMax = 256;

function knownName(name: string): KnownName {
  const found = known.get(name);
  if (found !== undefined) return found;
  const made = new KnownName(name, !hiddenFromMappings.has(name) && !frontFields.has(name));
  if (known.size < knownMax) known.set(name, made);
  return made;
}

const keyOf = (text: string): string => `${JSON.stringify(text)}:`;

function show(key: string, value: string): Shown {
  const text = jsonText(value);
  return { last: key + text, all: `${key}[${text}]`, text };
}

/** What the front writes, or adds to. A trace that begins here has a root and nothing else yet. */
const front = [...frontFields].map(([name, read]) => ({
  field: new KnownName(name, true),
  read: name === 'x-amzn-trace-id' ? traceOf : read,
}));

function traceOf(exchange: Exchange): string {
  const trace = exchange.traceId();
  // A trace that was made here begins with its root.
  return exchange.header('x-amzn-trace-id') === null ? trace.slice(0, trace.indexOf(';')) : trace;
}

/** A field that a mapping adds. @param name - spelled as the mapping spells it */
export function addedField(name: string, value: string): EventField {
  return { name: name.toLowerCase(), ...show(keyOf(name), value) };
}

/** A client's field as JSON. @param name - lower case */
export function fieldText(exchange: Exchange, name: string): string {
  const value = exchange.header(name);
  return value === null ? 'null' : knownName(name).shown(value).text;
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
  const fields: SortedFields = { names: [], last: [], all: [] };
  for (let i = 0; i < headers.length; i += 2) {
    const field = knownName(headers[i]!);
    if (field.key !== '' && !isSigned(field.name, headers[i + 1]!))
      place(fields, field.name, field.shown(headers[i + 1]!));
  }
  if (hasFront) for (const { field, read } of front) place(fields, field.name, field.shown(read(exchange)));
  for (const field of added) place(fields, field.name, field);
  return fields.names.length === 0 ? '"headers":null,"multiValueHeaders":null' : mapsOf(fields);
}

/** Joined by hand: `Array.join` takes 1 us more for ten fields. */
function mapsOf({ last, all }: SortedFields): string {
  let text = `"headers":{${last[0]}`;
  for (let i = 1; i < last.length; i++) text += `,${last[i]}`;
  text += `},"multiValueHeaders":{${all[0]}`;
  for (let i = 1; i < all.length; i++) text += `,${all[i]}`;
  return `${text}}`;
}

/** Three lists side by side: an object for each field would cost as much as the sorting. */
interface SortedFields {
  readonly names: string[];
  readonly last: string[];
  readonly all: string[];
}

/** By insertion, since a listener takes no more than a hundred fields, and few requests have more than twenty. */
function place({ names, last, all }: SortedFields, name: string, shown: Shown): void {
  let at = names.length;
  while (at > 0 && names[at - 1]! > name) at--;
  if (at > 0 && names[at - 1] === name) {
    // `"A":["1"` and the next value.
    last[at - 1] = shown.last;
    all[at - 1] = `${all[at - 1]!.slice(0, -1)},${shown.text}]`;
    return;
  }
  names.push(name);
  last.push(shown.last);
  all.push(shown.all);
  for (let i = names.length - 1; i > at; i--) {
    names[i] = names[i - 1]!;
    last[i] = last[i - 1]!;
    all[i] = all[i - 1]!;
  }
  names[at] = name;
  last[at] = shown.last;
  all[at] = shown.all;
}

/** Signed for this gateway, not for the function (reference, section 6.1). */
function isSigned(name: string, value: string): boolean {
  return name === 'authorization' && value.startsWith('AWS4-');
}
