// How long does the first call of a function take, that needs a process of its own? From the call over the host's socket
// to its answer; ES module, CommonJS, and Python where it is. Beside it a bare process of Node.js, which is the floor.

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { connectFunctions } from '../../src/functions/client/index.ts';
import { startFunctionHost } from '../../src/functions/server/index.ts';
import { invocationOf, invoke } from '../../test/contract/functions.ts';
import { publishedFunction, publishFunctions, writeCode } from '../../test/functions/published-functions.ts';
import { summarize } from '../harness/statistics.ts';

const rounds = 15;
const dataDir = mkdtempSync(path.join(tmpdir(), 'sluice-cold-'));
const kinds = { 'ES module': 'esm.handler', CommonJS: 'app.handler', Python: 'py.handler' };

mkdirSync(path.join(dataDir, 'run'));
writeCode(dataDir, 'exports.handler = async () => 1;\n');
const code = path.join(dataDir, 'functions/code/c0de');
writeFileSync(path.join(code, 'esm.mjs'), 'export const handler = async () => 1;\n');
writeFileSync(path.join(code, 'py.py'), 'def handler(event, context):\n    return 1\n');
const functions = Object.entries(kinds).flatMap(([kind, handler], k) =>
  Array.from({ length: rounds + 1 }, (_, i) => {
    const made = publishedFunction(`f${k}-${i}`, handler);
    const runtime = kind === 'Python' ? ('python3.11' as const) : ('nodejs24.x' as const);
    return { ...made, versions: made.versions.map((version) => ({ ...version, runtime })) };
  }),
);
publishFunctions(dataDir, 1, functions);
const host = await startFunctionHost({
  dataDir,
  logsDir: path.join(dataDir, 'logs'),
  searchPath: process.env.PATH ?? '',
  takeOver: async () => {},
  log: (line) => console.error(line),
});
const client = connectFunctions({ dataDir });

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const beganMs = performance.now();
  await work();
  return performance.now() - beganMs;
};
const times = new Map<string, number[]>();
const add = (kind: string, ms: number): void => void times.set(kind, [...(times.get(kind) ?? []), ms]);
// Taking turns; the first of each fills the caches of code and is not counted.
for (let i = 0; i <= rounds; i++) {
  for (const [k, kind] of Object.keys(kinds).entries()) {
    const ms = await timed(async () => {
      const result = await invoke(client, invocationOf(`f${k}-${i}`));
      if (result.outcome !== 'done' || result.functionError !== null) throw new Error(JSON.stringify(result));
    });
    if (i > 0) add(kind, ms);
  }
  const bare = await timed(() => promisify(execFile)(process.execPath, ['-e', '0']));
  if (i > 0) add('node -e 0', bare);
}
for (const [kind, list] of times) {
  const sorted = list.toSorted((a, b) => a - b);
  const { median } = summarize(list);
  console.log(
    `${kind.padEnd(10)} median ${median.toFixed(0)} ms, fastest ${sorted[0]!.toFixed(0)}, slowest ${sorted.at(-1)!.toFixed(0)}`,
  );
}
client.close();
await host.drain(0);
rmSync(dataDir, { recursive: true, force: true });
