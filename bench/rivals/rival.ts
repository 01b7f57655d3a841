// What every server in the comparison can be asked for, ourselves included.

import type { Address, WireAnswer, WireRequest } from '../harness/wire.ts';

/** One kind of work, the same bytes in and out for everyone. */
export type Work = 'mock' | 'proxy' | 'template' | 'refusal' | 'throttled';

/** A server that runs. */
export interface RivalServer {
  /** Root of its processes. */
  readonly pid: number;
  readonly address: Address;
  stop(): Promise<void>;
}

export interface RivalOptions {
  /** Port of the upstream service on 127.0.0.1. */
  readonly upstreamPort: number;
  /** A folder of its own for configuration and logs; the caller removes it. */
  readonly folder: string;
  /** Core to stay on; null = any. */
  readonly core: number | null;
}

/** One file per rival exports one of these, and `index.ts` lists it. */
export interface Rival {
  readonly name: string;
  /** What it can do, and with which request. */
  readonly requests: Readonly<Partial<Record<Work, WireRequest>>>;
  /** What is the same as in Sluice and what is not: logging, headers, limits. */
  readonly note: string;
  /** Why it cannot run here, or null. */
  missing(): string | null;
  start(options: RivalOptions): Promise<RivalServer>;
}

/** What the answer to each kind of work must be. @returns what is wrong, or null */
export function problemOf(
  work: Work,
  answer: WireAnswer,
  expected: { mockBody: string; upstreamBody: string },
): string | null {
  const wants = (status: number, isBodyRight: (body: string) => boolean): string | null =>
    answer.status === status && isBodyRight(answer.body)
      ? null
      : `expected ${status}, got ${answer.status} ${answer.body.slice(0, 200)}`;
  switch (work) {
    case 'mock':
      return wants(200, (body) => body === expected.mockBody);
    case 'proxy':
      return wants(200, (body) => body === expected.upstreamBody);
    case 'template':
      return wants(200, (body) => Array.isArray((JSON.parse(body) as { tracks?: unknown }).tracks));
    case 'refusal':
      return wants(400, (body) => body.includes('message'));
    case 'throttled':
      return wants(429, (body) => body.includes('message'));
  }
}
