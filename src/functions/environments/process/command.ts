// Which command runs a function: our own client of its runtime, or its own bootstrap.

import { access, constants, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PublishedFunctionVersion } from '../../../resources/index.ts';
import { invalidEntrypoint } from '../failures.ts';
import type { PythonFinder } from '../find-python.ts';

/** Plain JavaScript and Python: the same files beside the source and beside what was compiled from it. */
export const runtimesDir = fileURLToPath(new URL('../../runtimes', import.meta.url));

export interface Command {
  readonly command: readonly string[];
  /**
   * Our own clients are born with a channel to the host and need no port: that of Node.js speaks frames on it, that of
   * Python the Runtime API. null: there is only the port.
   */
  readonly channel: 'frames' | 'api' | null;
  /** Its part of AWS_EXECUTION_ENV. */
  readonly executionName: string | null;
}

export interface CommandTools {
  readonly nodePath: string;
  readonly python: PythonFinder;
}

/** @returns the command, or the failure that the caller of the function is told */
export async function commandOf(
  version: PublishedFunctionVersion,
  codeDir: string,
  requestId: string,
  { nodePath, python }: CommandTools,
): Promise<Command | Buffer> {
  const { runtime } = version;
  if (!(await isFolder(codeDir)))
    return invalidEntrypoint(requestId, `The code of the function is not there: "${version.codeHash}"`);
  if (runtime.startsWith('nodejs')) return wrapped(version, nodeCommand(version, nodePath), 'frames');
  if (runtime.startsWith('python')) {
    const interpreter = await python(runtime);
    if (interpreter === null)
      return invalidEntrypoint(requestId, `No interpreter for "${runtime}" was found on this machine`);
    return wrapped(version, [interpreter, join(runtimesDir, 'python', 'main.py')], 'api');
  }
  if (runtime === 'provided' || runtime.startsWith('provided.')) return bootstrap(codeDir, requestId);
  return invalidEntrypoint(requestId, `The runtime "${runtime}" is not supported`);
}

/** The shares of the memory that AWS's own Node.js runtime gives to V8's two generations. */
const oldSpaceShare = 0.9;
const semiSpaceShare = 0.05;

function nodeCommand({ memoryMb }: PublishedFunctionVersion, nodePath: string): string[] {
  return [
    nodePath,
    '--expose-gc',
    '--max-http-header-size=81920',
    `--max-old-space-size=${Math.floor(memoryMb * oldSpaceShare)}`,
    `--max-semi-space-size=${Math.max(1, Math.floor(memoryMb * semiSpaceShare))}`,
    join(runtimesDir, 'node', 'main.cjs'),
  ];
}

/** A script that the function names runs instead, and is handed the command. */
function wrapped(
  version: PublishedFunctionVersion,
  command: readonly string[],
  channel: 'frames' | 'api',
): Command {
  const { environment, runtime } = version;
  const wrapper = Object.hasOwn(environment, 'AWS_LAMBDA_EXEC_WRAPPER')
    ? environment.AWS_LAMBDA_EXEC_WRAPPER!
    : '';
  return {
    command: wrapper === '' ? command : [wrapper, ...command],
    // A wrapper may replace the runtime by one that asks at a port.
    channel: wrapper === '' ? channel : null,
    executionName: runtime,
  };
}

async function bootstrap(codeDir: string, requestId: string): Promise<Command | Buffer> {
  const path = join(codeDir, 'bootstrap');
  const found = await stat(path).then(
    (file) => file.isFile(),
    () => false,
  );
  if (!found) return invalidEntrypoint(requestId, `Couldn't find valid bootstrap(s): [${path}]`);
  const isExecutable = await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!isExecutable) return invalidEntrypoint(requestId, `fork/exec ${path}: permission denied`);
  return { command: [path], channel: null, executionName: null };
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (file) => file.isDirectory(),
    () => false,
  );
