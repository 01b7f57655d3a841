// Real functions behind a real gateway, while processes are killed, settings are reloaded and limits are met: nothing is
// lost but what ran where something was killed, and nothing is run twice.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { runningStatus, type Status } from '../../src/supervisor/index.ts';
import { runLines } from '../cli/run-lines.ts';
import { until } from '../supervisor/sluice.ts';
import { managementClient } from '../support/management.ts';
import { startReal } from '../support/real-sluice.ts';

const code = `
import { appendFileSync } from 'node:fs';
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const answer = (value) => ({ statusCode: 200, body: String(value) });
export const count = async ({ queryStringParameters: { id } }) => {
  appendFileSync(process.env.FILE, id + '\\n');
  await sleep(5);
  return answer(id);
};
export const shared = async ({ queryStringParameters: { id } }) => {
  await sleep(Number(id) % 7);
  return answer(id + ' ' + process.pid);
};
export const queued = async ({ id }) => appendFileSync(process.env.FILE, id + '\\n');
export const pid = async () => { await sleep(10); return answer(process.pid); };
export const die = async () => process.exit(3);
`;
const uri = (name: string): string =>
  `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:${name}/invocations`;

/** What a call came to; status 0: the connection broke. */
interface Answer {
  readonly status: number;
  readonly body: string;
}

interface Running {
  readonly status: Status;
  /** Of the pool. */
  readonly targets: readonly string[];
  /** Of the functions' own writing. */
  readonly file: string;
  readonly config: string;
  call(target: string): Promise<Answer>;
  /** Calls by so many clients, each the next when it has its answer, until `isOver`. */
  load(target: string, clients: number, isOver: () => boolean): Promise<Answer[]>;
}

const sections = (file: string, more = ''): string =>
  `functions:
  count: { runtime: nodejs24.x, handler: app.count, code: code, reservedConcurrency: 10, environment: { FILE: ${file} } }
  shared: { runtime: nodejs24.x, handler: app.shared, code: code, environmentConcurrency: 64 }
  queued: { runtime: nodejs24.x, handler: app.queued, code: code, reservedConcurrency: 10, environment: { FILE: ${file} } }
  pid: { runtime: nodejs24.x, handler: app.pid, code: code, timeout: 30 }
  die: { runtime: nodejs24.x, handler: app.die, code: code }
${more}`;

/** @param i - makes each different from the last, whatever the targets */
const pools = (list: readonly string[], i: number): string =>
  `pools:\n  p: { targets: ${JSON.stringify(list)}, drainMs: 5000 }\nservices: { "s${i}": "http://127.0.0.1:1" }\n`;

function documentOf(vpcLink: string): object {
  const proxy = (name: string): object => ({
    get: {
      responses: {},
      'x-amazon-apigateway-integration': { type: 'aws_proxy', httpMethod: 'POST', uri: uri(name) },
    },
  });
  const queued = {
    type: 'aws',
    httpMethod: 'POST',
    uri: uri('queued'),
    requestParameters: { 'integration.request.header.X-Amz-Invocation-Type': "'Event'" },
    requestTemplates: { 'application/json': `{"id": "$input.params('id')"}` },
    responses: { default: { statusCode: '202' } },
  };
  const pooled = {
    type: 'http_proxy',
    httpMethod: 'GET',
    uri: 'http://pool.test/',
    connectionType: 'VPC_LINK',
    connectionId: vpcLink,
  };
  return {
    openapi: '3.0.1',
    info: { title: 'load', version: '1' },
    paths: {
      '/count': proxy('count'),
      '/shared': proxy('shared'),
      '/pid': proxy('pid'),
      '/die': proxy('die'),
      '/queued': {
        get: { responses: { '202': { description: '' } }, 'x-amazon-apigateway-integration': queued },
      },
      '/pool': { get: { responses: {}, 'x-amazon-apigateway-integration': pooled } },
    },
  };
}

async function start(t: TestContext, targets: readonly string[]): Promise<Running> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-load-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(path.join(folder, 'code'));
  writeFileSync(path.join(folder, 'code/app.mjs'), code);
  const file = path.join(folder, 'ran');
  const config = path.join(folder, 'sluice.yaml');
  writeFileSync(config, sections(file, pools(targets, 0)));
  const status = await startReal(t, ['--config', config]);
  const document = path.join(folder, 'api.json');
  writeFileSync(document, JSON.stringify(documentOf(await createLink(status))));
  run(status, `import ${document} --stage live --api-id load000001`);
  const agent = new Agent({ keepAlive: true, maxSockets: 2_000 });
  t.after(() => agent.destroy());
  const call = (target: string): Promise<Answer> =>
    new Promise((resolve) => {
      const url = `http://127.0.0.1:${status.port}/_aws/execute-api/load000001/live${target}`;
      request(url, { agent }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => {
          body += text;
        });
        response.on('end', () => resolve({ status: response.statusCode!, body }));
        response.on('error', () => resolve({ status: 0, body }));
      })
        .on('error', ({ message }) => resolve({ status: 0, body: message }))
        .end();
    });
  const load = async (target: string, clients: number, isOver: () => boolean): Promise<Answer[]> => {
    const answers: Answer[] = [];
    const client = async (): Promise<void> => {
      while (!isOver()) answers.push(await call(target));
    };
    await Promise.all(Array.from({ length: clients }, client));
    return answers;
  };
  return { status, targets, file, config, call, load };
}

function run({ dataDir }: Status, line: string): string {
  const [printed] = runLines(dataDir, [line]);
  assert.equal(printed!.exit, 0, printed!.err);
  return printed!.out;
}

const linesOf = (file: string): string[] =>
  existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
const failuresOf = (answers: readonly Answer[]): Answer[] => answers.filter(({ status }) => status !== 200);

type Case = (t: TestContext, running: Running) => Promise<void>;

/** One after the other; the last two replace processes. */
const cases: Readonly<Record<string, Case>> = {
  '1,000 calls at once against a limit of 10 are each answered once, and run at most once': async (
    t,
    { call, file },
  ) => {
    const answers = await Promise.all(Array.from({ length: 1_000 }, (_, i) => call(`/count?id=${i}`)));
    const served = answers.filter(({ status }) => status === 200);
    const throttled = answers.filter(({ status }) => status === 500);
    t.diagnostic(`${served.length} served, ${throttled.length} throttled`);
    assert.equal(served.length + throttled.length, 1_000);
    assert.ok(served.length >= 10 && throttled.length > 0);
    const byNumber = (a: string, b: string): number => Number(a) - Number(b);
    assert.deepEqual(linesOf(file).sort(byNumber), served.map(({ body }) => body).sort(byNumber));

    // What is only queued waits for its turn: all of it runs, each once.
    rmSync(file, { force: true });
    const queued = await Promise.all(Array.from({ length: 1_000 }, (_, i) => call(`/queued?id=${i}`)));
    assert.deepEqual(new Set(queued.map(({ status }) => status)), new Set([202]));
    await until(() => linesOf(file).length >= 1_000);
    assert.deepEqual(
      linesOf(file).sort(byNumber),
      Array.from({ length: 1_000 }, (_, i) => String(i)),
    );
  },

  'calls that share environments are each answered with their own': async (t, { call }) => {
    const pids = new Set<string>();
    for (let round = 0; round < 3; round++) {
      const answers = await Promise.all(Array.from({ length: 500 }, (_, i) => call(`/shared?id=${i}`)));
      assert.deepEqual(failuresOf(answers), []);
      for (const [i, { body }] of answers.entries()) {
        const [id, pid] = body.split(' ');
        assert.equal(id, String(i));
        pids.add(pid!);
      }
    }
    t.diagnostic(`1,500 calls, 500 at once, in ${pids.size} environments`);
    assert.ok(pids.size <= Math.ceil(500 / 64));
  },

  'an environment that is killed costs the call that it ran, and no other': async (t, { call, load }) => {
    const pids = new Set<number>();
    let kills = 0;
    const answers = load('/pid', 20, () => kills === 3);
    while (kills < 3) {
      const { body } = await call('/pid');
      const pid = Number(body);
      if (!Number.isInteger(pid) || pids.has(pid)) continue;
      pids.add(pid);
      process.kill(pid, 'SIGKILL');
      kills++;
      for (let i = 0; i < 20; i++) await call('/pid');
    }
    const failures = failuresOf(await answers);
    t.diagnostic(`${failures.length} of ${(await answers).length} calls failed by 3 kills`);
    // One more may be handed to an environment in the moment of its death.
    assert.ok(failures.length <= 6, JSON.stringify(failures.slice(0, 12)));
    for (const { status } of failures) assert.equal(status, 502);
    assert.equal((await call('/pid')).status, 200);
  },

  'one that dies in each call harms no other': async (t, { load }) => {
    const alone: number[] = [];
    const beside: number[] = [];
    const measured = async (into: number[]): Promise<Answer[]> => {
      let beganMs = performance.now();
      return await load('/pid', 1, () => {
        const nowMs = performance.now();
        into.push(nowMs - beganMs);
        beganMs = nowMs;
        return into.length > 100;
      });
    };
    assert.deepEqual(failuresOf(await measured(alone)), []);
    let isOver = false;
    const dying = load('/die', 10, () => isOver);
    assert.deepEqual(failuresOf(await measured(beside)), []);
    isOver = true;
    const died = await dying;
    const median = (list: number[]): string => list.sort((a, b) => a - b)[list.length >> 1]!.toFixed(1);
    t.diagnostic(`median ${median(alone)} ms alone, ${median(beside)} ms beside ${died.length} deaths`);
    // 500: it has died so often that it is started ever more rarely, and this one was not worth a start.
    for (const answer of died)
      assert.ok(answer.status === 502 || answer.status === 500, JSON.stringify(answer));
    assert.ok(died.some(({ status }) => status === 502));
  },

  '50 reloads, each with other targets of a pool, cost no call': async (
    t,
    { status, call, load, file, config, targets },
  ) => {
    assert.equal((await call('/pool')).status, 200);
    let isOver = false;
    const both = [load('/pid', 5, () => isOver), load('/pool', 5, () => isOver)];
    for (let i = 1; i <= 50; i++) {
      const list = i % 3 === 0 ? targets : [targets[i % 2]!];
      // As editors and deployments do it: half a file would be a configuration without its second half.
      writeFileSync(`${config}.new`, sections(file, pools(list, i)));
      renameSync(`${config}.new`, config);
      process.kill(status.pid, 'SIGHUP');
      for (let k = 0; k < 4; k++) assert.equal((await call('/pid')).status, 200);
    }
    isOver = true;
    const answers = (await Promise.all(both)).flat();
    t.diagnostic(`${answers.length} calls during 50 reloads`);
    assert.deepEqual(failuresOf(answers), []);
  },

  'when the host is killed only calls under way are lost, and its successor goes on': async (
    t,
    { status, call, load },
  ) => {
    let isOver = false;
    const answers = load('/pid', 20, () => isOver);
    for (let i = 0; i < 20; i++) await call('/pid');
    const before = (await runningStatus(status.dataDir))!.functionHost!.pid;
    process.kill(before, 'SIGKILL');
    await until(async () => {
      const host = (await runningStatus(status.dataDir))!.functionHost;
      return host?.state === 'ready' && host.pid !== before;
    });
    for (let i = 0; i < 20; i++) assert.equal((await call('/pid')).status, 200);
    isOver = true;
    const all = await answers;
    const failures = failuresOf(all);
    t.diagnostic(`${failures.length} of ${all.length} calls failed`);
    // Twenty were under way, and the one of this test.
    assert.ok(failures.length <= 21, JSON.stringify(failures.slice(0, 5)));
  },

  'a killed supervisor costs no call, and the next one adopts the host': async (
    t,
    { status, call, load, config },
  ) => {
    const { dataDir } = status;
    let isOver = false;
    const answers = load('/pid', 10, () => isOver);
    await call('/pid');
    const { pid, functionHost } = (await runningStatus(dataDir))!;
    process.kill(pid, 'SIGKILL');
    for (let i = 0; i < 20; i++) assert.equal((await call('/pid')).status, 200);
    const again = await startReal(t, ['--config', config], dataDir);
    assert.notEqual(again.pid, pid);
    const adopted = await until(async () => {
      const now = await runningStatus(dataDir);
      return now?.functionHost?.state === 'ready' && now;
    });
    assert.equal(adopted.functionHost!.pid, functionHost!.pid);
    for (let i = 0; i < 20; i++) assert.equal((await call('/pid')).status, 200);
    isOver = true;
    assert.deepEqual(failuresOf(await answers), []);
  },
};

test('functions under load', async (t) => {
  const targets = await Promise.all(
    ['a', 'b'].map(async (name) => {
      const server = createServer((_, response) => response.end(name)).listen(0, '127.0.0.1');
      t.after(() => server.close().closeAllConnections());
      await once(server, 'listening');
      return `127.0.0.1:${(server.address() as AddressInfo).port}`;
    }),
  );
  const running = await start(t, targets);
  for (const [title, run] of Object.entries(cases))
    await t.test(`functions under load: ${title}`, (inner) => run(inner, running));
});

/** Through the management API, as anybody makes one. @returns its id */
async function createLink({ dataDir, managementPort }: Status): Promise<string> {
  const arn = 'arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/p/0123456789abcdef';
  const made = await managementClient(dataDir, managementPort).send('POST', '/vpclinks', {
    name: 'p',
    targetArns: [arn],
  });
  assert.equal(made.status, 202);
  return made.body.id;
}
