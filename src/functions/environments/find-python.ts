// Which interpreter runs a Python function. Asks each candidate for its real path and version, once: a name on the
// search path may be a shim that starts another interpreter, slowly, or none at all.

import { execFile } from 'node:child_process';

/** @param runtime - `python3.11` @returns path of an interpreter, or null where this machine has none */
export type PythonFinder = (runtime: string) => Promise<string | null>;

const probe = 'import sys; print("%d.%d" % sys.version_info[:2], sys.executable, sep="\\n")';
const probeTimeoutMs = 10_000;

/**
 * Finds interpreters on a search path.
 *
 * The interpreter of another minor version is taken where the right one is missing: functions rarely depend on it,
 * and one that does says so in its log.
 *
 * @param searchPath - as `PATH` has it
 */
export function createPythonFinder(searchPath: string): PythonFinder {
  const found = new Map<string, Promise<string | null>>();
  const find = async (runtime: string): Promise<string | null> => {
    const version = runtime.slice('python'.length);
    const exact = await ask(runtime, searchPath);
    if (exact?.version === version) return exact.path;
    const any = await ask('python3', searchPath);
    return any?.path ?? null;
  };
  return (runtime) => {
    let answer = found.get(runtime);
    if (answer === undefined) {
      answer = find(runtime);
      found.set(runtime, answer);
      // One that is installed later is found later.
      void answer.then((path) => path === null && found.delete(runtime));
    }
    return answer;
  };
}

function ask(name: string, searchPath: string): Promise<{ version: string; path: string } | null> {
  return new Promise((resolve) => {
    const options = { timeout: probeTimeoutMs, env: { PATH: searchPath }, encoding: 'utf8' } as const;
    execFile('/usr/bin/env', [name, '-c', probe], options, (error, stdout) => {
      const [version, path] = error === null ? stdout.trim().split('\n') : [];
      resolve(version === undefined || path === undefined || path === '' ? null : { version, path });
    });
  });
}
