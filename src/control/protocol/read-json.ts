// A JSON body: bytes -> an object, or the framework's refusal.

import { isUtf8 } from 'node:buffer';
import { serialization } from './exceptions.ts';

/** Levels of lists and objects; what handlers are given is three deep. */
const depthMax = 1000;

/**
 * @param body - UTF-8 without a byte order mark; nothing counts as `{}`
 * @throws SerializationException when it is no JSON object
 */
export function readJsonObject(body: Uint8Array): Readonly<Record<string, unknown>> {
  if (body.length === 0) return {};
  if (!isUtf8(body)) throw serialization('The request body is not UTF-8');
  if (isDeeperThan(depthMax, body)) throw serialization(`JSON is nested deeper than ${depthMax} levels`);
  const value = parse(new TextDecoder('utf-8', { ignoreBOM: true }).decode(body));
  if (Array.isArray(value)) throw serialization('Start of list found where not expected');
  if (typeof value !== 'object' || value === null) throw serialization('Expected a JSON object');
  return value as Readonly<Record<string, unknown>>;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own words quote the body, which may hold secrets.
    throw serialization('Could not parse request body into json');
  }
}

/** Whether brackets nest deeper; text of strings does not count. JSON.parse would take it, but whoever prints it would not. */
function isDeeperThan(max: number, body: Uint8Array): boolean {
  if (body.length <= max) return false;
  const texts = new Texts(body);
  let depth = 0;
  for (let i = 0; i < body.length; i++) {
    const byte = body[i];
    if (byte === 0x22) i = texts.endOfText(i + 1);
    else if (byte === 0x5b || byte === 0x7b) {
      depth++;
      if (depth > max) return true;
    } else if (byte === 0x5d || byte === 0x7d) depth--;
  }
  return false;
}

/** Finds where texts end. What was found is kept, so that each byte is looked at once: code is one text of 70 MB. */
class Texts {
  readonly #body: Uint8Array;
  #quote = -1;
  #escape = -1;

  constructor(body: Uint8Array) {
    this.#body = body;
  }

  /** @param from - after the opening quote @returns index of the closing one; the body's length when there is none */
  endOfText(from: number): number {
    for (let i = from; ; i = this.#escape + 2) {
      if (this.#escape < i) this.#escape = this.#indexOf(0x5c, i);
      if (this.#quote < i) this.#quote = this.#indexOf(0x22, i);
      if (this.#quote <= this.#escape) return this.#quote;
    }
  }

  #indexOf(byte: number, from: number): number {
    const index = this.#body.indexOf(byte, from);
    return index < 0 ? this.#body.length : index;
  }
}
