// The header fields of a request as a proxy function's event shows them: which, in what spelling, in what order.

import { customarySpelling } from '../exchange/customary-spelling.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { frontFields, hiddenFromMappings } from '../exchange/visible-headers.ts';
import { jsonText } from './json-text.ts';

/** One field as the two maps of an event show it. */
export interface EventField {
  /** Lower case. */
  readonly name: string;
  /** See {@link orderOf}. */
  readonly order: number;
  /** `"User-Agent":"curl/8.5.0"` */
  readonly last: string;
  /** `"User-Agent":["curl/8.5.0"]` */
  readonly all: string;
  /** `"curl/8.5.0"` */
  readonly text: string;
}

/** A name's first six letters as a number: nearly all names are in order without a look at their letters. */
function orderOf(name: string): number {
  let order = 0;
  for (let i = 0; i < 6; i++) order = order * 256 + (i < name.length ? name.charCodeAt(i) : 0);
  return order;
}

/** @param key - `"User-Agent":` */
function fieldOf(name: string, order: number, key: string, value: string): EventField {
  const text = jsonText(value);
  return { name, order, last: key + text, all: `${key}[${text}]`, text };
}

const keyOf = (text: string): string => `${JSON.stringify(text)}:`;
/** Their values differ from request to request, and may be secrets. */
const differing: ReadonlySet<string> = new Set(['authorization', 'cookie', 'x-amzn-trace-id']);
const rememberedLengthMax = 256;

/**
 * A name that was met before, and how its last value was written: hosts, agents and types come again and again, and
 * writing twenty fields anew took 5 us of an event's 17.
 */
class KnownName {
  readonly name: string;
  readonly isShown: boolean;
  readonly #order: number;
  readonly #key: string;
  readonly #isRemembered: boolean;
  #value = '';
  #field: EventField;

  constructor(name: string, isShown: boolean) {
    this.name = name;
    this.isShown = isShown;
    this.#order = orderOf(name);
    this.#key = keyOf(customarySpelling(name));
    this.#isRemembered = !differing.has(name);
    this.#field = fieldOf(name, this.#order, this.#key, '');
  }

  with(value: string): EventField {
    if (value === this.#value) return this.#field;
    const field = fieldOf(this.name, this.#order, this.#key, value);
    if (this.#isRemembered && value.length <= rememberedLengthMax) {
      this.#value = value;
      this.#field = field;
      // Makes V8 join the parts, once for all events that they will stand in.
      field.last.charCodeAt(0);
      field.all.charCodeAt(0);
    }
    return field;
  }
}

const known = new Map<string, KnownName>();
const knownMax = 2_048;

function knownName(name: string): KnownName {
  const found = known.get(name);
  if (found !== undefined) return found;
  const made = new KnownName(name, !hiddenFromMappings.has(name) && !frontFields.has(name));
  if (known.size < knownMax) known.set(name, made);
  return made;
}

/** What the front writes, or adds to. A trace that begins here has a root and nothing else yet. */
const front = [...frontFields].map(([name, read]) => ({
  known: new KnownName(name, true),
  read: name === 'x-amzn-trace-id' ? traceOf : read,
}));

function traceOf(exchange: Exchange): string {
  const trace = exchange.traceId();
  // A trace that was made here begins with its root.
  return exchange.header('x-amzn-trace-id') === null ? trace.slice(0, trace.indexOf(';')) : trace;
}

/** A field that a mapping adds. @param name - spelled as the mapping spells it */
export function addedField(name: string, value: string): EventField {
  const lower = name.toLowerCase();
  return fieldOf(lower, orderOf(lower), keyOf(name), value);
}

/** A client's field as JSON. @param name - lower case */
export function fieldText(exchange: Exchange, name: string): string {
  const value = exchange.header(name);
  return value === null ? 'null' : knownName(name).with(value).text;
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
  const fields: EventField[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = knownName(headers[i]!);
    if (name.isShown && !isSigned(name.name, headers[i + 1]!)) place(fields, name.with(headers[i + 1]!));
  }
  if (hasFront) for (const { known, read } of front) place(fields, known.with(read(exchange)));
  for (const field of added) place(fields, field);
  return fields.length === 0 ? '"headers":null,"multiValueHeaders":null' : mapsOf(fields);
}

/** By insertion, since a listener takes no more than a hundred fields, and few requests have more than twenty. */
function place(fields: EventField[], field: EventField): void {
  let at = fields.length;
  while (at > 0 && isBefore(field, fields[at - 1]!)) at--;
  const before = at === 0 ? null : fields[at - 1]!;
  if (before !== null && before.name === field.name) {
    // `"A":["1"` and the next value.
    fields[at - 1] = { ...field, all: `${before.all.slice(0, -1)},${field.text}]` };
    return;
  }
  fields.push(field);
  for (let i = fields.length - 1; i > at; i--) fields[i] = fields[i - 1]!;
  fields[at] = field;
}

function isBefore(a: EventField, b: EventField): boolean {
  return a.order < b.order || (a.order === b.order && a.name < b.name);
}

/** Joined by hand: `Array.join` takes 1 us more for ten fields. */
function mapsOf(fields: readonly EventField[]): string {
  let text = `"headers":{${fields[0]!.last}`;
  for (let i = 1; i < fields.length; i++) text += `,${fields[i]!.last}`;
  text += `},"multiValueHeaders":{${fields[0]!.all}`;
  for (let i = 1; i < fields.length; i++) text += `,${fields[i]!.all}`;
  return `${text}}`;
}

/** Signed for this gateway, not for the function (reference, section 6.1). */
function isSigned(name: string, value: string): boolean {
  return name === 'authorization' && value.startsWith('AWS4-');
}
