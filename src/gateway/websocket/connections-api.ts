// `@connections/{id}`: post, look, close, exactly as AWS answers; `@connections/{id}/topics` is ours.

import { type ManagementCall, messageBytesMax } from './management.ts';
import {
  badRequest,
  json,
  type ManagementAnswer,
  noContent,
  refusals,
  success,
  unanswered,
} from './management-answer.ts';
import { type ManagementPath, topicProblem } from './management-path.ts';

type ConnectionPath = Extract<ManagementPath, { readonly kind: 'connection' | 'membership' }>;

export async function serveConnection(call: ManagementCall, path: ConnectionPath): Promise<ManagementAnswer> {
  if (path.kind === 'membership')
    return path.topic === null ? await list(call, path.id) : await change(call, path.id, path.topic);
  switch (call.method) {
    case 'POST':
      return await post(call, path.id);
    case 'GET':
      return await look(call, path.id);
    case 'DELETE':
      return await close(call, path.id);
    default:
      return refusals.forbidden;
  }
}

async function post({ connections, home, body }: ManagementCall, id: string): Promise<ManagementAnswer> {
  if (body.byteLength > messageBytesMax) return refusals.tooLarge;
  const posted = await connections.post(home, id, body);
  switch (posted) {
    case 'sent':
    case 'buffered':
      return success;
    case 'overflow':
      return refusals.lags;
    case 'gone':
      return refusals.gone;
    default:
      return unanswered(posted);
  }
}

async function look({ connections, home }: ManagementCall, id: string): Promise<ManagementAnswer> {
  const status = await connections.status(home, id);
  if (status === 'gone') return refusals.gone;
  if (typeof status === 'string') return unanswered(status);
  const { connectedAtMs, lastActiveAtMs, sourceIp, userAgent } = status;
  return json({
    connectedAt: new Date(connectedAtMs).toISOString(),
    identity: { sourceIp, userAgent },
    lastActiveAt: new Date(lastActiveAtMs).toISOString(),
  });
}

const normalClosure = 1000;
const reasonBytesMax = 123;

/** AWS closes with 1000; `?code=4001&reason=banned` is ours. */
async function close({ connections, home, query }: ManagementCall, id: string): Promise<ManagementAnswer> {
  const code = Number(query.get('code') ?? normalClosure);
  const reason = query.get('reason') ?? '';
  // What an endpoint may say by itself (RFC 6455, section 7.4) and every client understands.
  const isCode = code === normalClosure || (Number.isInteger(code) && code >= 4000 && code <= 4999);
  if (!isCode) return badRequest('Invalid code: expected 1000 or a number from 4000 to 4999');
  if (Buffer.byteLength(reason) > reasonBytesMax)
    return badRequest(`Invalid reason: longer than ${reasonBytesMax} bytes`);
  const closed = await connections.close(home, id, code, reason);
  if (closed === 'closed') return noContent;
  return closed === 'gone' ? refusals.gone : unanswered(closed);
}

async function list({ method, connections, home }: ManagementCall, id: string): Promise<ManagementAnswer> {
  if (method !== 'GET') return refusals.forbidden;
  const topics = await connections.topicsOf(home, id);
  if (topics === 'gone') return refusals.gone;
  return typeof topics === 'string' ? unanswered(topics) : json(topics);
}

async function change(call: ManagementCall, id: string, topic: string): Promise<ManagementAnswer> {
  const { method, connections, home } = call;
  if (method !== 'PUT' && method !== 'DELETE') return refusals.forbidden;
  const problem = topicProblem(topic);
  if (problem !== null) return badRequest(problem);
  const done =
    method === 'PUT' ? await connections.join(home, id, topic) : await connections.leave(home, id, topic);
  switch (done) {
    case 'joined':
    case 'already':
    case 'left':
    case 'none':
      return noContent;
    case 'full':
      return refusals.topicsFull;
    case 'gone':
      return refusals.gone;
    default:
      return unanswered(done);
  }
}
