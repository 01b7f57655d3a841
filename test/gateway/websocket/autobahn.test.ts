// Autobahn's fuzzing client against a route that echoes: the one that `make autobahn` installs, or the `wstest` that
// AUTOBAHN names. AUTOBAHN_REPORTS names a folder that keeps what it found. See docs/websocket-conformance.md.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { done } from '../../support/functions-gateway.ts';
import { socketApi } from '../../support/websocket-api.ts';
import { functionRoute, startScriptedSockets } from '../../support/websocket-functions.ts';

const installed = fileURLToPath(new URL('../../../build/autobahn/wstest', import.meta.url));
const wstest = process.env.AUTOBAHN ?? (existsSync(installed) ? installed : '');

interface Verdict {
  readonly behavior: string;
  readonly behaviorClose: string;
}

test('autobahn: no case that this listener can meet fails', {
  skip: wstest === '' ? 'Autobahn is not installed (make autobahn)' : false,
  timeout: 600_000,
}, async (t) => {
  const { url } = await startScriptedSockets(
    t,
    socketApi({ $default: functionRoute({ isTwoWay: true }) }),
    ({ payload }, handler) => {
      const { body, isBase64Encoded } = JSON.parse(Buffer.from(payload as Uint8Array).toString());
      handler.onEnd(done({ statusCode: 200, body, isBase64Encoded }));
    },
    {
      stage: {
        tags: {
          'sluice:binary': 'allow',
          'sluice:message-bytes': '262144',
          'sluice:ordered': 'all',
          'sluice:max-waiting': '10000',
        },
      },
    },
  );
  const folder = process.env.AUTOBAHN_REPORTS ?? mkdtempSync(path.join(tmpdir(), 'sluice-autobahn-'));
  const spec = path.join(folder, 'fuzzingclient.json');
  writeFileSync(
    spec,
    JSON.stringify({
      outdir: folder,
      servers: [{ agent: 'Sluice', url }],
      cases: ['*'],
      // 9.1.3 to 9.8.*: messages of 1 MB and more. 12, 13: compression, which is off.
      'exclude-cases': ['9.*', '12.*', '13.*'],
      'exclude-agent-cases': {},
    }),
  );
  await promisify(execFile)(wstest, ['-m', 'fuzzingclient', '-s', spec], {
    cwd: folder,
    maxBuffer: 100_000_000,
  });
  const { Sluice } = JSON.parse(readFileSync(path.join(folder, 'index.json'), 'utf8')) as {
    Sluice: Record<string, Verdict>;
  };
  const count = new Map<string, number>();
  const failed: string[] = [];
  for (const [id, { behavior, behaviorClose }] of Object.entries(Sluice)) {
    count.set(behavior, (count.get(behavior) ?? 0) + 1);
    if (/FAILED|UNCLEAN/.test(behavior) || behaviorClose === 'FAILED')
      failed.push(`${id}: ${behavior}, close ${behaviorClose}`);
  }
  t.diagnostic(JSON.stringify(Object.fromEntries(count)));
  assert.deepEqual(failed, []);
});
