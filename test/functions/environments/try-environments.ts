// Real environments of functions whose code a test writes down: one folder and one host of environments each.

import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { systemClock } from '../../../src/base/clock.ts';
import {
  createEnvironments,
  createFunctionLogs,
  createPythonFinder,
  defaultLimits,
  type EnvironmentLimits,
} from '../../../src/functions/environments/index.ts';
import type {
  Environment,
  EnvironmentInvocation,
  EnvironmentResult,
} from '../../../src/functions/host/environment.ts';
import type { PublishedFunctionVersion } from '../../../src/resources/index.ts';

export interface Tried {
  readonly dataDir: string;
  /** Starts an environment of a function made of these files. */
  start(
    files: Readonly<Record<string, string | Uint8Array>>,
    version?: Partial<PublishedFunctionVersion>,
  ): Environment;
  /** The log of all functions, as written so far. */
  log(): Promise<string>;
  sweep(): Promise<void>;
}

/** What came of an invocation, easy to compare. */
export interface Outcome {
  readonly result: EnvironmentResult;
  /** Parsed; text where it is no JSON. */
  readonly answer: unknown;
  /** Streamed only. */
  readonly contentType: string | null;
  readonly streamed: string;
}

export interface TriedOptions {
  readonly limits?: Partial<EnvironmentLimits>;
  /** Where the folder is made; the system's folder for such by default. */
  readonly parent?: string;
}

export function tryEnvironments(t: TestContext, { limits, parent }: TriedOptions = {}): Tried {
  const dataDir = mkdtempSync(path.join(parent ?? tmpdir(), 'sluice-environments-'));
  const logs = createFunctionLogs({ logsDir: path.join(dataDir, 'logs') });
  const environments = createEnvironments({
    dataDir,
    nodePath: process.execPath,
    python: createPythonFinder(process.env.PATH ?? ''),
    clock: systemClock,
    logs,
    limits: { ...defaultLimits, ...limits },
  });
  const started: Environment[] = [];
  let count = 0;
  t.after(async () => {
    for (const environment of started) environment.kill();
    await Promise.all(started.map(({ ended }) => ended));
    await logs.close();
    rmSync(dataDir, { recursive: true, force: true });
  });
  return {
    dataDir,
    sweep: () => environments.sweep(),
    start: (files, version = {}) => {
      const codeHash = version.codeHash ?? `c0de${(count++).toString(16).padStart(4, '0')}`;
      const codeDir = path.join(dataDir, 'functions', 'code', codeHash);
      for (const [name, content] of Object.entries(files)) {
        mkdirSync(path.dirname(path.join(codeDir, name)), { recursive: true });
        writeFileSync(path.join(codeDir, name), content);
        if (name === 'bootstrap') chmodSync(path.join(codeDir, name), 0o755);
      }
      const environment = environments.start({
        id: `env-${count}`,
        functionName: 'hello',
        functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:hello',
        accountId: '000000000000',
        region: 'us-east-1',
        version: {
          version: '$LATEST',
          runtime: 'nodejs24.x',
          handler: 'app.handler',
          environment: {},
          timeoutSeconds: 10,
          memoryMb: 256,
          ephemeralStorageMb: 512,
          concurrencyPerEnvironment: 1,
          ...version,
          codeHash,
        },
      });
      started.push(environment);
      return environment;
    },
    log: async () => {
      await logs.flush();
      return readFileSync(path.join(dataDir, 'logs', 'functions', 'hello.log'), 'utf8');
    },
  };
}

export const invocationOf = (
  event: unknown,
  more: Partial<EnvironmentInvocation> & { timeoutMs?: number } = {},
): EnvironmentInvocation => ({
  requestId: randomUUID(),
  invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:hello:prod',
  payload: JSON.stringify(event),
  deadlineMs: Date.now() + (more.timeoutMs ?? 10_000),
  clientContext: null,
  traceId: null,
  isStreamed: false,
  wantsLogTail: false,
  ...more,
});

/** Runs one invocation to its end. */
export function runIn(environment: Environment, invocation: EnvironmentInvocation): Promise<Outcome> {
  return new Promise((resolve) => {
    let contentType: string | null = null;
    let streamed = '';
    environment.run(invocation, {
      onHead: (type) => {
        contentType = type;
      },
      onData: (chunk) => {
        streamed += Buffer.from(chunk).toString();
        return true;
      },
      onEnd: (result) => {
        const text = Buffer.from(result.payload).toString();
        resolve({ result, answer: parsed(text), contentType, streamed });
      },
    });
  });
}

/** The same of an event. */
export const runEvent = (
  environment: Environment,
  event: unknown,
  more: Parameters<typeof invocationOf>[1] = {},
): Promise<Outcome> => runIn(environment, invocationOf(event, more));

/** Starts, invokes once. */
export async function invokeOnce(
  environment: Environment,
  event: unknown,
  more: Parameters<typeof invocationOf>[1] = {},
): Promise<Outcome> {
  const failure = await environment.ready;
  if (failure !== null) throw new Error(`The environment did not start: ${Buffer.from(failure.payload)}`);
  return runEvent(environment, event, more);
}

/** Why it did not start. */
export async function initFailureOf(environment: Environment): Promise<unknown> {
  const failure = await environment.ready;
  return failure === null ? null : parsed(Buffer.from(failure.payload).toString());
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Pids of living processes whose variables hold a text. */
export const processesWith = (text: string): number[] => processesWhose('environ', text);

/** Pids of living processes whose command line holds a text. */
export const processesCalled = (text: string): number[] => processesWhose('cmdline', text);

const processesWhose = (file: string, text: string): number[] =>
  readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      if (!Number.isInteger(pid) || pid === process.pid) return false;
      try {
        return readFileSync(`/proc/${pid}/${file}`, 'latin1').includes(text);
      } catch {
        return false;
      }
    });

/** With a slash at its end. */
export const runtimesFolder = new URL('../../../src/functions/runtimes/', import.meta.url).pathname;

/** Megabytes that a process has grown by, as its program prints them. */
export const grownBy = (program: string, args: readonly string[]): number =>
  Number(execFileSync(program, args, { encoding: 'utf8' }));
