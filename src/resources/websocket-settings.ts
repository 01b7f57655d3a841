// What a WebSocket API may set beyond AWS: tags of its stage, or of the API for all its stages, so that every AWS client
// can set them. The defaults are AWS's limits.

/** @see WebSocket reference, section 8 */
export interface WebSocketSettings {
  /** A connection is closed (1001) after so long. */
  readonly connectionSecondsMax: number;
  /** A connection without a message is closed (1001) after so long. */
  readonly idleSecondsMax: number;
  /** Longer messages close the connection (1009). */
  readonly messageBytesMax: number;
  /** AWS closes (1003) at a binary message; `allow` hands it on as base64. */
  readonly binary: 'close' | 'allow';
  /** Messages of one connection that are handled at once; more wait. */
  readonly inFlightMax: number;
  /** Messages of one connection that may wait; one more is refused: Too Many Requests. */
  readonly waitingMax: number;
  /** What the waiting messages of one connection may hold; one more is refused, too. */
  readonly waitingBytesMax: number;
  /** Routes whose messages are handled one after the other, in order of arrival: `all`, or keys without their `$`. */
  readonly orderedRoutes: ReadonlySet<string>;
  /** Bytes that may wait for a client that reads slowly. */
  readonly bufferedBytesMax: number;
  /** What becomes of a message for which there is no room. `conflate`: the newest of each topic is kept. */
  readonly slowReader: 'drop' | 'close' | 'conflate';
  /** Messages per second of one connection, and how many at once; Infinity = as many as the stage lets through. */
  readonly messagesPerSecond: number;
  readonly messageBurst: number;
  /** Connections of the stage in each data plane. */
  readonly connectionsMax: number;
  /** New connections per second of the stage, and how many at once. */
  readonly connectRate: number;
  readonly connectBurst: number;
  /** Topics of one connection. */
  readonly topicsMax: number;
}

interface Row<T> {
  readonly tag: string;
  readonly default: T;
  /** Completes "expected ...". */
  readonly expected: string;
  /** @returns undefined when it is not what is expected */
  readonly parse: (text: string) => T | undefined;
}

const whole = (tag: string, fallback: number, min: number, max: number): Row<number> => ({
  tag,
  default: fallback,
  expected: `a whole number from ${min} to ${max}`,
  parse: (text) => {
    const value = /^[0-9]{1,12}$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? value : undefined;
  },
});

const word = <const W extends string>(tag: string, fallback: W, words: readonly W[]): Row<W> => ({
  tag,
  default: fallback,
  expected: `one of ${words.join(', ')}`,
  parse: (text) => words.find((one) => one === text),
});

const rows: { readonly [K in keyof WebSocketSettings]: Row<WebSocketSettings[K]> } = {
  connectionSecondsMax: whole('sluice:max-connection-seconds', 7_200, 1, 31_536_000),
  idleSecondsMax: whole('sluice:idle-seconds', 600, 1, 31_536_000),
  messageBytesMax: whole('sluice:message-bytes', 131_072, 1, 262_144),
  binary: word('sluice:binary', 'close', ['close', 'allow']),
  inFlightMax: whole('sluice:max-in-flight', 64, 1, 10_000),
  waitingMax: whole('sluice:max-waiting', 256, 0, 100_000),
  waitingBytesMax: whole('sluice:max-waiting-bytes', 4_194_304, 0, 268_435_456),
  orderedRoutes: {
    tag: 'sluice:ordered',
    default: new Set(),
    // The letters of a tag's value are few: no comma, no star, no dollar.
    expected: 'route keys with blanks between (default for $default), or all',
    parse: (text) => new Set(text.split(' ').filter((key) => key !== '')),
  },
  bufferedBytesMax: whole('sluice:max-buffered-bytes', 1_048_576, 1_024, 16_777_216),
  slowReader: word('sluice:slow-reader', 'close', ['drop', 'close', 'conflate']),
  messagesPerSecond: whole('sluice:messages-per-second', Number.POSITIVE_INFINITY, 1, 1_000_000),
  messageBurst: whole('sluice:message-burst', 100, 1, 1_000_000),
  connectionsMax: whole('sluice:connections-max', 1_000_000, 1, 16_777_216),
  connectRate: whole('sluice:connect-rate', 500, 1, 1_000_000),
  connectBurst: whole('sluice:connect-burst', 500, 1, 1_000_000),
  topicsMax: whole('sluice:topics-max', 100, 1, 100_000),
};

const webSocketTagPrefix = 'sluice:';
const names = Object.keys(rows) as (keyof WebSocketSettings)[];
const byTag = new Map(names.map((name) => [rows[name].tag, name]));

type Tags = Readonly<Record<string, string>> | undefined;

/** Whether messages of a route are handled one after the other. */
export function isOrdered({ orderedRoutes }: WebSocketSettings, routeKey: string): boolean {
  if (orderedRoutes.size === 0) return false;
  return (
    orderedRoutes.has('all') || orderedRoutes.has(routeKey.startsWith('$') ? routeKey.slice(1) : routeKey)
  );
}

/** A stage's tags win over its API's. A value that cannot be read counts as not set: see `webSocketTagProblem`. */
export function webSocketSettings(apiTags: Tags, stageTags: Tags): WebSocketSettings {
  const settings: Record<string, unknown> = {};
  for (const name of names) {
    const row = rows[name] as Row<unknown>;
    settings[name] = given(row, stageTags) ?? given(row, apiTags) ?? row.default;
  }
  return Object.freeze(settings) as unknown as WebSocketSettings;
}

function given(row: Row<unknown>, tags: Tags): unknown {
  const text = tags !== undefined && Object.hasOwn(tags, row.tag) ? tags[row.tag] : undefined;
  return text === undefined ? undefined : row.parse(text);
}

/** What is wrong with a tag of ours, in one line; null when nothing is, or it is none of ours. */
export function webSocketTagProblem(tag: string, value: string): string | null {
  if (!tag.startsWith(webSocketTagPrefix)) return null;
  const name = byTag.get(tag);
  if (name === undefined) return `Unknown tag ${tag}; known are ${[...byTag.keys()].join(', ')}`;
  const row = rows[name] as Row<unknown>;
  return row.parse(value) === undefined ? `Invalid value for tag ${tag}: expected ${row.expected}` : null;
}
