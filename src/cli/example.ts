// `sluice example`, which `make run` calls: the gateway with the pet store, and as soon as it serves, the examples of
// WebSocket APIs, in one go.

import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { ProcessConfig } from '../config/index.ts';
import { packageFolder, runningStatus, type Status } from '../supervisor/index.ts';
import { CommandError } from './command-error.ts';
import { startExampleService } from './example-service.ts';
import { deployFile } from './import.ts';
import { stageUrls } from './stage-urls.ts';
import { start } from './start.ts';
import { complain, paint, say, withProgress } from './terminal.ts';
import type { Wiring } from './wiring.ts';

/** The same at each run, so that a URL that was noted down stays right. */
const apiId = 'petstore01';
const stage = 'dev';
const folder = path.join(packageFolder, 'examples', 'petstore');

/** Runs until SIGTERM or SIGINT, the services included. @returns the exit code */
export async function example(wiring: Wiring, readConfig: () => ProcessConfig): Promise<number> {
  const config = readConfig();
  if (!existsSync(folder))
    throw new CommandError(`the example is not installed here: there is no "${folder}"`);
  const running = await runningStatus(config.dataDir);
  if (running !== null)
    throw new CommandError(
      `Sluice runs already (pid ${running.pid}) on the data folder "${config.dataDir}"; end it with "sluice stop"`,
    );
  const pets = await withProgress('starting the pet service', null, () =>
    startExampleService('pet service', path.join(folder, 'service.ts')),
  );
  const services: ChildProcess[] = [pets.child];
  try {
    const variable = { backend: `127.0.0.1:${pets.port}` };
    await deployFile(config, { file: path.join(folder, 'openapi.yaml'), stage, apiId, variable });
    return await start(wiring, readConfig, (status) => {
      // The path form: it works where *.localhost is not resolved.
      showCalls(stageUrls(status, apiId, stage)[1]);
      void showSockets(config, status, services);
    });
  } finally {
    for (const child of services) child.kill();
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
}

/** Without them the pet store is served all the same. */
async function showSockets(config: ProcessConfig, status: Status, services: ChildProcess[]): Promise<void> {
  try {
    const { startSocketExamples } = await import('./example-sockets.ts');
    const examples = await startSocketExamples(config, status, services);
    say('\nIn a browser, over WebSocket APIs:');
    for (const { what, page, url } of examples)
      say(`  ${paint('dim', `# ${what}`)}\n  ${paint('cyan', page)}   ${url}`);
  } catch (error) {
    complain(`the examples of WebSocket APIs did not start: ${(error as Error).message}`);
  }
  say('\nCtrl-C ends it.');
}
