import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { serveControl } from '../../src/supervisor/control-server.ts';
import type { FunctionHostHello, FunctionHostProtocol, Verbs } from '../../src/supervisor/protocol.ts';
import { functionHostSocketPath } from '../../src/supervisor/run-folder.ts';

const running = fileURLToPath(new URL('../../src/supervisor/running.ts', import.meta.url));

test('adopting: who tells a function host that fails at it says so, and ends', async (t) => {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'sluice-adopt-'));
  mkdirSync(path.join(dataDir, 'run'), { mode: 0o700 });
  const hello: FunctionHostHello = {
    pid: process.pid,
    build: 'b',
    settingsHash: 's',
    state: 'ready',
    revision: 1,
    functions: 1,
    startedMs: 0,
  };
  const server = await serveControl<Pick<FunctionHostProtocol, 'hello' | 'adopt'>>(
    functionHostSocketPath(dataDir, process.pid),
    {
      hello: () => hello,
      adopt: () => {
        throw new Error('its code is not there');
      },
    } satisfies Verbs<Pick<FunctionHostProtocol, 'hello' | 'adopt'>>,
  );
  t.after(async () => {
    await server.close();
    rmSync(dataDir, { recursive: true, force: true });
  });
  // A process of its own: it ends when no connection is left open.
  const teller = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `const { adoptEverywhere } = await import(${JSON.stringify(running)});
      console.log(JSON.stringify(await adoptEverywhere(${JSON.stringify(dataDir)})));`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  t.after(() => teller.kill('SIGKILL'));
  const [told] = await Promise.all([text(teller.stdout), once(teller, 'exit')]);
  assert.deepEqual(JSON.parse(told), {
    adopted: [],
    failed: [],
    functionsProblem: 'its code is not there',
  });
});
