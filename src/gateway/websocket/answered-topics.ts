// Topics that a backend's answer puts its connection into, or takes it out of: of a function the member `topics` beside
// `statusCode`, of a server the fields `X-Sluice-Topics-Join` and `X-Sluice-Topics-Leave`. Clients see neither.

import { textOf } from '../../exchange/content.ts';
import type { IntegrationAnswer } from '../../exchange/exchange.ts';
import type { SocketEvent } from '../../exchange/socket-event.ts';
import { jsonOf } from '../../exchange/socket-event.ts';
import type { V2Integration } from '../../resources/index.ts';
import { topicProblem } from './management-path.ts';
import type { Session } from './session.ts';

interface Change {
  readonly join: readonly string[];
  readonly leave: readonly string[];
}

/** Does what an answer says of topics. @returns what is wrong with it, in one line; null when nothing is */
export type TakeTopics = (event: SocketEvent, answer: IntegrationAnswer) => string | null;

export function compileAnsweredTopics(type: V2Integration['integrationType']): TakeTopics {
  const read = type === 'AWS_PROXY' ? ofFunction : type === 'AWS' ? () => null : ofServer;
  return (event, answer) => {
    const change = read(answer);
    return change === null || typeof change === 'string' ? change : apply(event.session as Session, change);
  };
}

function apply(session: Session, { join, leave }: Change): string | null {
  for (const topic of [...join, ...leave]) {
    const problem = topicProblem(topic);
    if (problem !== null) return problem;
  }
  for (const topic of leave) session.leave(topic);
  // A connection that is gone meanwhile is in no topic; that is no mistake of the backend's.
  for (const topic of join)
    if (!session.join(topic) && session.settings !== null) return `No room for topic "${topic}"`;
  return null;
}

function ofFunction({ body }: IntegrationAnswer): Change | string | null {
  if (body === null) return null;
  // Most answers name none: they are not parsed once more for that.
  if (Buffer.from(body.buffer, body.byteOffset, body.byteLength).indexOf('"topics"') < 0) return null;
  const result = jsonOf(textOf(body));
  if (typeof result !== 'object' || result === null || !Object.hasOwn(result, 'topics')) return null;
  const { topics } = result as { topics: unknown };
  if (typeof topics !== 'object' || topics === null || Array.isArray(topics)) return malformed;
  const { join = [], leave = [] } = topics as { join?: unknown; leave?: unknown };
  return isNames(join) && isNames(leave) ? { join, leave } : malformed;
}

const malformed = 'Malformed topics: expected {"join": ["..."], "leave": ["..."]}';

const isNames = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');

/** Names with commas between, percent-encoded where they hold one. */
function ofServer({ headers }: IntegrationAnswer): Change | string | null {
  const join: string[] = [];
  const leave: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!.toLowerCase();
    const list = name === 'x-sluice-topics-join' ? join : name === 'x-sluice-topics-leave' ? leave : null;
    if (list === null) continue;
    for (const one of headers[i + 1]!.split(',')) {
      try {
        if (one.trim() !== '') list.push(decodeURIComponent(one.trim()));
      } catch {
        return `Malformed topics: "${one}" is not percent-encoded`;
      }
    }
  }
  return join.length === 0 && leave.length === 0 ? null : { join, leave };
}
