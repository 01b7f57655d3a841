// Targets of routes that need no backend: `topics/room-${request.body.room}?act=join`. Ours; AWS has only
// `integrations/{id}`.

export interface TopicTarget {
  /** A selection expression that names the topic. */
  readonly topic: string;
  readonly act: 'publish' | 'join' | 'leave';
  /** A selection expression for what is published; null: the message as it came. */
  readonly message: string | null;
  /** The message is kept for those who join later. */
  readonly isRetained: boolean;
  /** For so many seconds; 0 = until another takes its place. */
  readonly ttlSeconds: number;
}

const prefix = 'topics/';
const acts = ['publish', 'join', 'leave'] as const;
const options: ReadonlySet<string> = new Set(['act', 'message', 'retain', 'ttl']);
const retainedSecondsMax = 31_536_000;

export const isTopicTarget = (target: string | undefined): target is string =>
  target?.startsWith(prefix) === true;

/**
 * Reads `topics/{expression}[?act=publish|join|leave][&message={expression}][&retain=true][&ttl={seconds}]`.
 * @param target - for which `isTopicTarget` holds
 * @returns one line that says what is wrong with it, or what it says
 */
export function readTopicTarget(target: string): TopicTarget | string {
  const mark = target.indexOf('?');
  const topic = target.slice(prefix.length, mark < 0 ? undefined : mark);
  if (topic === '') return 'Invalid target: expected topics/{topic}';
  const given = new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1));
  for (const name of given.keys())
    if (!options.has(name))
      return `Invalid target: unknown option "${name}"; known are ${[...options].join(', ')}`;
  const act = acts.find((one) => one === (given.get('act') ?? 'publish'));
  if (act === undefined) return `Invalid target: act is one of ${acts.join(', ')}`;
  const message = given.get('message');
  const retain = given.get('retain') ?? 'false';
  if (retain !== 'true' && retain !== 'false') return 'Invalid target: retain is true or false';
  const ttl = given.get('ttl') ?? '0';
  if (!/^\d{1,8}$/.test(ttl) || Number(ttl) > retainedSecondsMax)
    return `Invalid target: ttl is a whole number of seconds up to ${retainedSecondsMax}`;
  if (act !== 'publish' && (message !== null || given.has('retain') || given.has('ttl')))
    return `Invalid target: ${act} takes no message`;
  if (given.has('ttl') && retain === 'false') return 'Invalid target: ttl is for messages that are retained';
  return { topic, act, message, isRetained: retain === 'true', ttlSeconds: Number(ttl) };
}
