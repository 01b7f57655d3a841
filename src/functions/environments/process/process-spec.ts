// What an environment's first process is started with: command, folders and variables, put together.

import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { EnvironmentSpec } from '../../host/environment.ts';
import { type Command, runtimesDir } from './command.ts';
import type { ProcessSpec } from './function-process.ts';
import { confine, type Sandbox } from './sandbox.ts';
import { variablesOf } from './variables.ts';

export interface ProcessSources {
  readonly spec: EnvironmentSpec;
  readonly mark: string;
  /** Real path. */
  readonly dataDir: string;
  readonly nodePath: string;
  readonly codeDir: string;
  readonly tmpDir: string;
  readonly sandbox: Sandbox;
  readonly nowMs: number;
}

/**
 * Makes the folder that keeps what the runtime compiles of the code.
 * @param runtimeApi - `127.0.0.1:port`; null: there is a channel
 */
export function processSpecOf(
  sources: ProcessSources,
  found: Command,
  runtimeApi: string | null,
): ProcessSpec {
  const { spec, mark, dataDir, nodePath, codeDir, tmpDir, sandbox, nowMs } = sources;
  const hasChannel = found.channel !== null;
  const cacheDir = join(dataDir, 'functions', 'cache', spec.version.codeHash);
  mkdirSync(cacheDir, { recursive: true, mode: 0o700 });
  const paths = [runtimesDir, nodePath, cacheDir, found.command[0]!];
  return {
    command: confine(sandbox, { tmpDir, codeDir, paths }, found.command),
    cwd: codeDir,
    variables: variablesOf({
      ...{ spec, codeDir, tmpDir, cacheDir, nodePath, mark },
      ...{ executionName: found.executionName, runtimeApi, logStreamName: logStreamName(spec, nowMs) },
    }),
    hasChannel,
  };
}

/** `2024/01/02/[$LATEST]0123456789abcdef0123456789abcdef` */
function logStreamName({ version }: EnvironmentSpec, nowMs: number): string {
  const day = new Date(nowMs).toISOString().slice(0, 10).replaceAll('-', '/');
  return `${day}/[${version.version}]${randomUUID().replaceAll('-', '')}`;
}
