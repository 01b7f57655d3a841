// `sluice example`, which `make run` calls: the pet store's service, its API and the gateway, in one go.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { childEnvironment, type ProcessConfig } from '../config/index.ts';
import { packageFolder, runningStatus } from '../supervisor/index.ts';
import { CommandError } from './command-error.ts';
import { deployFile } from './import.ts';
import { stageUrls } from './stage-urls.ts';
import { start } from './start.ts';
import { paint, say, withProgress } from './terminal.ts';
import type { Wiring } from './wiring.ts';

/** The same at each run, so that a URL that was noted down stays right. */
const apiId = 'petstore01';
const stage = 'dev';
const folder = path.join(packageFolder, 'examples', 'petstore');

/** Runs until SIGTERM or SIGINT, the service included. @returns the exit code */
export async function example(wiring: Wiring, readConfig: () => ProcessConfig): Promise<number> {
  const config = readConfig();
  if (!existsSync(folder))
    throw new CommandError(`the example is not installed here: there is no "${folder}"`);
  const running = await runningStatus(config.dataDir);
  if (running !== null)
    throw new CommandError(
      `Sluice runs already (pid ${running.pid}) on the data folder "${config.dataDir}"; end it with "sluice stop"`,
    );
  const service = await withProgress('starting the pet service', null, startService);
  try {
    const variable = { backend: `127.0.0.1:${service.port}` };
    await deployFile(config, { file: path.join(folder, 'openapi.yaml'), stage, apiId, variable });
    return await start(wiring, readConfig, (status) => {
      // The path form: it works where *.localhost is not resolved.
      showCalls(stageUrls(status, apiId, stage)[1]);
    });
  } finally {
    service.child.kill();
  }
}

function showCalls(url: string): void {
  const calls = [
    ['HTTP_PROXY: passed on to the service', `curl -i ${url}/pets/1`],
    ['HTTP with a response template: the artist becomes a list of genres', `curl -i ${url}/7/genres`],
    ['MOCK: answered by the gateway itself', `curl -i ${url}/health`],
    [
      'refused with 400 by its model: no such kind of pet',
      `curl -i ${url}/pets -H 'Content-Type: application/json' -d '{"name":"Rex","kind":"dragon"}'`,
    ],
  ] as const;
  say('\nTry:');
  for (const [what, call] of calls) say(`  ${paint('dim', `# ${what}`)}\n  ${call}`);
  say('\nCtrl-C ends it.');
}

/** Ends the service when its standard input does: also when we die without a word. */
const endWithParent = `data:text/javascript,${encodeURIComponent(
  'process.stdin.on("end", () => process.exit(0)).resume()',
)}`;

/** On a free port, and out of reach of Ctrl-C: requests that drain still need it. */
async function startService(): Promise<{ child: ChildProcess; port: number }> {
  const child = spawn(process.execPath, ['--import', endWithParent, path.join(folder, 'service.ts')], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
    env: childEnvironment({ PORT: '0' }),
  });
  const lines = createInterface({ input: child.stdout! });
  const ready = (async (): Promise<number> => {
    for await (const line of lines) {
      const port = /:(\d+)$/.exec(line)?.[1];
      if (port !== undefined) return Number(port);
    }
    return await new Promise(() => {}); // it ended: 'close' says so
  })();
  const gone = once(child, 'close').then(() => {
    throw new CommandError('the pet service did not start; its own words are above');
  });
  gone.catch(() => {}); // also when it ends long after
  const port = await Promise.race([ready, gone]);
  child.stdout!.resume();
  child.unref();
  return { child, port };
}
