// What can be told of a function's code before anything is sent: where its handler is to be found, and whether it is
// there. What the runtime would say at the first invocation, said at once.

import { accessSync, constants, existsSync, readFileSync, type Stats, statSync } from 'node:fs';
import path from 'node:path';
import { closest } from '../../config/index.ts';
import { readZip } from '../../control/code/read-zip.ts';
import { runtimes } from '../../control/lambda/settings.ts';
import { CommandError } from '../command-error.ts';

/** The files of some code. */
interface CodeFiles {
  has(file: string): boolean;
  isExecutable(file: string): boolean;
}

/** @throws CommandError */
export function checkRuntime(runtime: string): void {
  if (runtimes.has(runtime)) return;
  const near = closest(runtime, [...runtimes]);
  const hint = near === undefined ? `choose one of ${[...runtimes].join(', ')}` : `did you mean "${near}"?`;
  throw new CommandError(`"${runtime}" is not a runtime that this gateway runs; ${hint}`);
}

/**
 * @param code - absolute path of a folder or zip file
 * @param shown - as the person has named it
 * @throws CommandError in one line that says what to change; AwsException for a damaged zip
 */
export function checkCode(code: string, shown: string, runtime: string, handler: string): void {
  const stats: Stats | undefined = statSync(code, { throwIfNoEntry: false });
  if (stats === undefined)
    throw new CommandError(`there is no "${shown}"; name the folder or the zip file of the code`);
  if (!stats.isDirectory() && !stats.isFile())
    throw new CommandError(
      `"${shown}" is neither a folder nor a file; name the folder or the zip file of the code`,
    );
  if (stats.isDirectory()) checkReadable(code, shown);
  const files = stats.isDirectory() ? folderFiles(code) : zipFiles(code, shown);
  if (runtime.startsWith('provided')) checkBootstrap(files, shown);
  else checkHandler(files, shown, runtime, handler);
}

/** What may not be looked into would seem to be empty. */
function checkReadable(folder: string, shown: string): void {
  try {
    accessSync(folder, constants.R_OK | constants.X_OK);
  } catch (error) {
    throw new CommandError(
      `Cannot read the folder "${shown}": ${(error as NodeJS.ErrnoException).code}; its owner can allow it with chmod u+rx`,
    );
  }
}

function checkBootstrap(files: CodeFiles, shown: string): void {
  if (!files.has('bootstrap'))
    throw new CommandError(
      `"${shown}" has no file "bootstrap", which runtimes of your own begin with; add it`,
    );
  if (!files.isExecutable('bootstrap'))
    throw new CommandError(`the file "bootstrap" of "${shown}" is not executable; chmod +x it`);
}

function checkHandler(files: CodeFiles, shown: string, runtime: string, handler: string): void {
  const isPython = runtime.startsWith('python');
  const module = isPython ? pythonModule(handler) : nodeModule(handler);
  if (module === null)
    throw new CommandError(`"${handler}" is not a handler; expected file.function, such as app.handler`);
  const candidates = isPython
    ? [`${module}.py`, `${module}/__init__.py`]
    : ['.js', '.mjs', '.cjs'].map((extension) => `${module}${extension}`);
  if (candidates.some((file) => files.has(file)) || (!isPython && files.has(module))) return;
  if (!isPython && files.has(`${module}.ts`))
    throw new CommandError(
      `the handler "${handler}" is in TypeScript: "${module}.ts" of "${shown}"; compile it to JavaScript first`,
    );
  throw new CommandError(
    `"${shown}" has no file for the handler "${handler}": expected ${candidates.join(' or ')}; name another with --handler`,
  );
}

/** `src/app.api.handler` -> `src/app`: what follows the file's first dot lies within the module. */
function nodeModule(handler: string): string | null {
  const match = /^((?:[^/]+\/)*)([^./]+)\.[^/]+$/.exec(handler);
  return match === null ? null : `${match[1]}${match[2]}`;
}

/** `pkg.app.handler` -> `pkg/app` */
function pythonModule(handler: string): string | null {
  const dot = handler.lastIndexOf('.');
  return dot <= 0 || dot === handler.length - 1 ? null : handler.slice(0, dot).replaceAll('.', '/');
}

const folderFiles = (folder: string): CodeFiles => ({
  has: (file) => existsSync(path.join(folder, file)),
  isExecutable: (file) => {
    try {
      accessSync(path.join(folder, file), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  },
});

function zipFiles(file: string, shown: string): CodeFiles {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new CommandError(`Cannot read "${shown}": ${(error as NodeJS.ErrnoException).code}`);
  }
  if (bytes.toString('latin1', 0, 2) !== 'PK')
    throw new CommandError(`"${shown}" is neither a folder nor a zip file; name the folder that it lies in`);
  const entries = new Map(readZip(bytes).map((entry) => [entry.path.join('/'), entry]));
  return {
    has: (name) => entries.has(name),
    isExecutable: (name) => entries.get(name)?.isExecutable === true,
  };
}
