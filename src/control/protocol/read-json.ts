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
  let depth = 0;
  let inString = false;
  for (let i = 0; i < body.length; i++) {
    const byte = body[i];
    if (inString) {
      if (byte === 0x5c) i++;
      else if (byte === 0x22) inString = false;
    } else if (byte === 0x22) inString = true;
    else if (byte === 0x5b || byte === 0x7b) {
      depth++;
      if (depth > max) return true;
    } else if (byte === 0x5d || byte === 0x7d) depth--;
  }
  return false;
}
