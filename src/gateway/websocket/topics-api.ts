// `@topics`: publish to all members on all processes, count them, list them. Ours: AWS has no such thing.

import { isUtf8 } from 'node:buffer';
import { type ManagementCall, messageBytesMax } from './management.ts';
import { badRequest, json, type ManagementAnswer, noContent, refusals } from './management-answer.ts';
import { type ManagementPath, topicProblem } from './management-path.ts';

type TopicPath = Extract<ManagementPath, { readonly kind: 'topic' | 'topics' | 'connections' }>;

/** Of topics, of a topic's members, of connections: in one answer. */
const namedMax = 1_000;
const ttlSecondsMax = 31_536_000;

export async function serveTopic(call: ManagementCall, path: TopicPath): Promise<ManagementAnswer> {
  if (path.kind !== 'topic') {
    if (call.method !== 'GET') return refusals.forbidden;
    return path.kind === 'topics' ? await list(call) : await connections(call);
  }
  const problem = topicProblem(path.topic);
  if (problem !== null) return badRequest(problem);
  switch (call.method) {
    case 'POST':
      return await publish(call, path.topic);
    case 'GET':
      return await presence(call, path.topic);
    case 'DELETE':
      await call.connections.forget(call.home, path.topic);
      return noContent;
    default:
      return refusals.forbidden;
  }
}

/** `?retain=true`: the message is what newcomers get; `&ttl=60`: for so many seconds. */
async function publish(call: ManagementCall, topic: string): Promise<ManagementAnswer> {
  const { connections: all, home, body, query } = call;
  if (body.byteLength > messageBytesMax) return refusals.tooLarge;
  const retain = query.get('retain') ?? 'false';
  if (retain !== 'true' && retain !== 'false') return badRequest('Invalid retain: expected true or false');
  const ttlSeconds = wholeNumber(query.get('ttl') ?? '0', ttlSecondsMax);
  if (ttlSeconds === null) return badRequest('Invalid ttl: expected a whole number of seconds, up to a year');
  const done = await all.publish(home, topic, body, { isRetained: retain === 'true', ttlSeconds });
  const { deliveries, conflated, dropped, unanswered } = done;
  // What was not confirmed by all is no success: the caller may publish again.
  if (unanswered > 0) return { ...refusals.timeout, body: JSON.stringify({ ...notAll, ...done }) };
  return json({ deliveries, conflated, dropped });
}

const notAll = { message: 'Some processes did not confirm the message' };

/** `?members=1`: with the ids of members, `?members=50` with as many at most. */
async function presence(call: ManagementCall, topic: string): Promise<ManagementAnswer> {
  const { connections: all, home, query } = call;
  const wanted = wholeNumber(query.get('members') ?? '0', namedMax);
  if (wanted === null)
    return badRequest(
      `Invalid members: expected a whole number from 0 to ${namedMax}; 1 = up to ${namedMax}`,
    );
  const idsMax = wanted === 1 ? namedMax : wanted;
  const { members, ids, retained } = await all.presence(home, topic, idsMax);
  return json({
    topic,
    members,
    ...(idsMax === 0 ? {} : { connectionIds: ids, isTruncated: members > ids.length }),
    ...(retained === null ? {} : { retained: retainedText(retained.message) }),
  });
}

/** Text as it is; bytes that are no text as base64, like bodies of functions. */
function retainedText(message: string | Uint8Array): { message: string; isBase64Encoded: boolean } {
  if (typeof message === 'string') return { message, isBase64Encoded: false };
  const isText = isUtf8(message);
  return { message: Buffer.from(message).toString(isText ? 'utf8' : 'base64'), isBase64Encoded: !isText };
}

async function list({ connections: all, home, query }: ManagementCall): Promise<ManagementAnswer> {
  const max = wholeNumber(query.get('limit') ?? String(namedMax), namedMax);
  if (max === null) return badRequest(`Invalid limit: expected a whole number up to ${namedMax}`);
  const { topics, isCut } = await all.topics(home, max);
  const items = [...topics].map(([topic, members]) => ({ topic, members }));
  return json({ topics: items, isTruncated: isCut });
}

/** `GET @connections`: those that are open. */
async function connections({ connections: all, home, query }: ManagementCall): Promise<ManagementAnswer> {
  const max = wholeNumber(query.get('limit') ?? String(namedMax), namedMax);
  if (max === null) return badRequest(`Invalid limit: expected a whole number up to ${namedMax}`);
  const { count, ids } = await all.list(home, max);
  return json({ connections: count, connectionIds: ids, isTruncated: count > ids.length });
}

function wholeNumber(text: string, max: number): number | null {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : -1;
  return value >= 0 && value <= max ? value : null;
}
