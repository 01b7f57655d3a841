// What an environment may take at most, and what happens at each maximum.

/** Limits of every environment of a host; those of one function (time, memory, ephemeral storage) are the function's. */
export interface EnvironmentLimits {
  /** Milliseconds until the runtime must have asked for its first invocation; a longer function timeout counts instead. */
  readonly initMs: number;
  /** Bytes of a gathered answer; one byte more and the invocation fails with Function.ResponseSizeTooLarge. */
  readonly responseBytesMax: number;
  /** Bytes of a streamed answer; what comes beyond fails the invocation half way. */
  readonly streamedBytesMax: number;
  /** Bytes of the head of a request to the Runtime API; its connection is closed beyond that. */
  readonly headBytesMax: number;
  /** Connections to one environment's Runtime API, and one more for each invocation above one; further ones are closed. */
  readonly connectionsMax: number;
  /** Bytes of a line of logs; the rest of a longer one is cut. */
  readonly logLineBytesMax: number;
  /** Bytes of logs that one environment may write each second; more is dropped and counted. */
  readonly logBytesPerSecond: number;
  /** Milliseconds between two looks at the memory of environments that run. */
  readonly memoryPollMs: number;
  /** Milliseconds between two looks at the files of environments that run. */
  readonly storagePollMs: number;
}

export const defaultLimits: EnvironmentLimits = {
  initMs: 10_000,
  // 6 MB and 100 bytes, as the real Runtime API has it.
  responseBytesMax: 6 * 1024 * 1024 + 100,
  // AWS's quota of streamed answers.
  streamedBytesMax: 200 * 1024 * 1024,
  // Runtime clients send the cause of an error for X-Ray in a header of up to 1 MB.
  headBytesMax: 1024 * 1024 + 65_536,
  connectionsMax: 16,
  logLineBytesMax: 262_144,
  logBytesPerSecond: 4 * 1024 * 1024,
  memoryPollMs: 100,
  storagePollMs: 5_000,
};
