import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before } from 'node:test';
import { connectFunctions } from '../../../src/functions/client/index.ts';
import { type RunningFunctionHost, startFunctionHost } from '../../../src/functions/server/index.ts';
import { functionsContract } from '../../contract/functions.ts';
import { publishedFunction, publishFunctions, writeCode } from '../published-functions.ts';

const code = `
exports.echo = async (event) => event;
exports.fail = async () => { throw new Error('no'); };
exports.stream = awslambda.streamifyResponse(async (event, output, context) => {
  const bytes = Number(context.functionName.split('-')[1]);
  output.setContentType?.('text/plain');
  for (let left = bytes; left > 0; left -= 32768)
    if (!output.write(Buffer.alloc(Math.min(left, 32768), 97)))
      await new Promise((resolve) => output.once('drain', resolve));
  output.end();
});
`;
const streamSizes = [300_000, 16 * 1024 * 1024, 50_000_000];

let dataDir = '';
let host: RunningFunctionHost;

before(async () => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'sluice-'));
  mkdirSync(path.join(dataDir, 'run'));
  writeCode(dataDir, code);
  publishFunctions(dataDir, 1, [
    publishedFunction('echo', 'app.echo'),
    publishedFunction('fail', 'app.fail'),
    ...streamSizes.map((bytes) => publishedFunction(`stream-${bytes}`, 'app.stream')),
  ]);
  host = await startFunctionHost({
    dataDir,
    logsDir: path.join(dataDir, 'logs'),
    searchPath: '',
    takeOver: async () => {},
    log: () => {},
  });
});

after(async () => {
  await host.drain(0);
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
});

functionsContract({
  name: 'functions of a real host',
  streamMegabytes: 16,
  // One environment each, were they all at once: as many as end within the test's time.
  concurrentCalls: 8,
  start: async (t) => {
    const functions = connectFunctions({ dataDir });
    t.after(() => functions.close());
    return {
      functions,
      echo: 'echo',
      failing: 'fail',
      streaming: (bytes) => `stream-${bytes}`,
      unknown: { name: 'unknown', status: 404, type: 'ResourceNotFoundException' },
    };
  },
});
