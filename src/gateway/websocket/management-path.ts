// What a path below `/{stage}` names: a connection, its topics, a topic, all topics. Percent-encoded or not: ids end in `=`
// and may hold `+` and `/`, names of topics may hold anything.

import type { Address } from '../../exchange/exchange.ts';
import { placeOf } from './connection-id.ts';

export type ManagementPath =
  /** `isId`: it has the form of a connection id. */
  | { readonly kind: 'connection'; readonly id: string; readonly isId: boolean }
  | {
      readonly kind: 'membership';
      readonly id: string;
      readonly isId: boolean;
      /** null: all of them. */
      readonly topic: string | null;
    }
  | { readonly kind: 'topic'; readonly topic: string }
  | { readonly kind: 'topics' }
  | { readonly kind: 'connections' };

/** The raw path behind the stage. An SDK whose endpoint ends in a slash puts a second one behind it, which it does not sign. */
export function belowStage({ path, resourceStart }: Address): string {
  let start = resourceStart;
  while (path.charCodeAt(start) === slash && path.charCodeAt(start + 1) === slash) start++;
  return path.slice(start);
}

const slash = 47;

const connections = /^\/(?:@|%40)connections(?:\/|$)/i;
const topics = /^\/(?:@|%40)topics(?:\/|$)/i;
/** 16 letters, each encoded. */
const encodedIdMax = 48;

/** Whether a path below a stage is for the management API. Cheap: asked of every handshake. */
export const isManagementPath = (below: string): boolean =>
  below.length > 1 &&
  (below.charCodeAt(1) === at || below.charCodeAt(1) === percent) &&
  (connections.test(below) || topics.test(below));

const at = 64;
const percent = 37;

/**
 * @param below - what `belowStage` told, for which `isManagementPath` holds
 * @returns null when it cannot be decoded, or is too deep
 */
export function readManagementPath(below: string): ManagementPath | null {
  const found = connections.exec(below);
  if (found === null) {
    const name = decoded(below.slice(topics.exec(below)![0].length));
    if (name === null) return null;
    return name === '' ? { kind: 'topics' } : { kind: 'topic', topic: name };
  }
  const rest = below.slice(found[0].length);
  if (rest === '') return { kind: 'connections' };
  const end = idEnd(rest);
  const id = decoded(rest.slice(0, end));
  if (id === null) return null;
  const isId = placeOf(id) !== null;
  const tail = rest.slice(end);
  if (tail === '' || tail === '/') return { kind: 'connection', id, isId };
  if (tail === '/topics' || tail === '/topics/') return { kind: 'membership', id, isId, topic: null };
  const topic = tail.startsWith('/topics/') ? decoded(tail.slice('/topics/'.length)) : null;
  return topic === null ? null : { kind: 'membership', id, isId, topic };
}

/** An id that is not encoded may hold slashes: it ends at the first that makes it one. */
function idEnd(rest: string): number {
  for (let end = segmentEnd(rest, 0); end <= encodedIdMax; end = segmentEnd(rest, end + 1)) {
    const id = decoded(rest.slice(0, end));
    if (id !== null && placeOf(id) !== null) return end;
    if (end === rest.length) break;
  }
  return segmentEnd(rest, 0);
}

function segmentEnd(text: string, from: number): number {
  const slash = text.indexOf('/', from);
  return slash < 0 ? text.length : slash;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

const topicBytesMax = 256;

/** What is wrong with a topic's name, in one line; null when nothing is. */
export function topicProblem(topic: string): string | null {
  if (topic === '') return 'Invalid topic: the name is empty';
  if (Buffer.byteLength(topic) > topicBytesMax)
    return `Invalid topic: the name is longer than ${topicBytesMax} bytes`;
  for (let i = 0; i < topic.length; i++)
    if (topic.charCodeAt(i) < 0x20 || topic.charCodeAt(i) === 0x7f)
      return 'Invalid topic: the name holds a control character';
  return null;
}
