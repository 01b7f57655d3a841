import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { withControl } from '../../src/cli/with-control.ts';
import { readConfig } from '../../src/config/index.ts';
import type { LocalControl } from '../../src/control/local/local-control.ts';
import { dataFolder, run, until } from '../supervisor/sluice.ts';
import { startReal } from '../support/real-sluice.ts';
import { openSocket } from '../support/websocket-api.ts';
import { runLines } from './run-lines.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const compileCache = fileURLToPath(new URL('../../build/compile-cache', import.meta.url));

type Made = Readonly<Record<string, string>>;

const template = (text: string) => ({ $default: text });

/** Routes that answer by themselves, and one that joins a topic; `signed` only lets in who signs. */
async function makeApi(control: LocalControl, name: string, connect: 'NONE' | 'AWS_IAM'): Promise<string> {
  const { apiId } = (await control.call('apigatewayv2:CreateApi', {
    name,
    protocolType: 'WEBSOCKET',
    routeSelectionExpression: '$request.body.action',
  })) as Made;
  const mock = async (text: string): Promise<string> => {
    const { integrationId } = (await control.call('apigatewayv2:CreateIntegration', {
      apiId: apiId!,
      integrationType: 'MOCK',
      requestTemplates: template('{"statusCode":200}'),
      templateSelectionExpression: '\\$default',
    })) as Made;
    await control.call('apigatewayv2:CreateIntegrationResponse', {
      apiId: apiId!,
      integrationId: integrationId!,
      integrationResponseKey: '$default',
      responseTemplates: template(text),
      templateSelectionExpression: '\\$default',
    });
    return `integrations/${integrationId}`;
  };
  const route = async (routeKey: string, target: string, more = {}): Promise<void> => {
    const { routeId } = (await control.call('apigatewayv2:CreateRoute', {
      apiId: apiId!,
      routeKey,
      target,
      routeResponseSelectionExpression: '$default',
      ...more,
    })) as Made;
    await control.call('apigatewayv2:CreateRouteResponse', {
      apiId: apiId!,
      routeId: routeId!,
      routeResponseKey: '$default',
    });
  };
  await route('$connect', await mock(''), { authorizationType: connect });
  await route('ping', await mock('pong'));
  await route('watch', 'topics/prices?act=join');
  await control.call('apigatewayv2:CreateStage', { apiId: apiId!, stageName: 'live', autoDeploy: true });
  return apiId!;
}

interface Running {
  readonly dataDir: string;
  readonly urlOf: (apiId: string) => string;
  readonly makeApi: (name: string, connect?: 'NONE' | 'AWS_IAM') => Promise<string>;
}

async function startGateway(t: TestContext): Promise<Running> {
  const { dataDir, port } = await startReal(t);
  const config = readConfig({ file: undefined, environment: {}, flags: { dataDir }, folder: dataDir });
  return {
    dataDir,
    urlOf: (apiId) => `ws://127.0.0.1:${port}/_aws/execute-api/${apiId}/live`,
    makeApi: (name, connect = 'NONE') => withControl(config, (control) => makeApi(control, name, connect)),
  };
}

interface Client {
  readonly child: ChildProcess;
  /** What it has printed, both streams. */
  text(): string;
  readonly exit: Promise<number | null>;
}

function connect(t: TestContext, dataDir: string, args: readonly string[], env = {}): Client {
  const child = spawn(process.execPath, [main, 'ws', 'connect', ...args, '--data-dir', dataDir], {
    env: {
      ...process.env,
      NODE_COMPILE_CACHE: compileCache,
      NO_COLOR: '1',
      AWS_ACCESS_KEY_ID: '',
      AWS_SECRET_ACCESS_KEY: '',
      ...env,
    },
  });
  t.after(() => child.kill('SIGKILL'));
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
  return { child, text: () => text, exit: once(child, 'close').then(([code]) => code) };
}

test('ws: the commands over a gateway that runs', async (t) => {
  const gateway = await startGateway(t);
  await t.test(
    'ws connect: lines of standard input are sent, what comes back is printed, and the end of both ends it',
    async (t) => {
      const { dataDir, urlOf, makeApi: make } = gateway;
      const apiId = await make('pings');
      const client = connect(t, dataDir, [urlOf(apiId), '--wait', '0.2', '--json']);
      client.child.stdin!.end('{"action":"ping"}\n\n{"action":"ping"}\n');
      assert.equal(await client.exit, 0, client.text());
      const messages = client
        .text()
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      assert.deepEqual(
        messages.map(({ text }) => text),
        ['pong', 'pong'],
      );
      assert.match(messages[0].time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    },
  );

  await t.test('ws connect: what the handshake was refused with is told', async (t) => {
    const { dataDir, urlOf, makeApi: make } = gateway;
    const url = urlOf(await make('signed', 'AWS_IAM'));
    const unsigned = connect(t, dataDir, [url]);
    assert.equal(await unsigned.exit, 1);
    assert.match(unsigned.text(), /^error: the handshake was refused: 403 .*\{"message":/);
    const signed = connect(t, dataDir, [url, '--sign', '--wait', '0.1']);
    signed.child.stdin!.end('{"action":"ping"}\n');
    assert.equal(await signed.exit, 0, signed.text());
    assert.match(signed.text(), /^\d\d:\d\d:\d\d\.\d{3} pong\n$/);
    const foreign = connect(t, dataDir, [url, '--sign'], {
      AWS_ACCESS_KEY_ID: 'AKIAABCDEFGHIJKLMNOP',
      AWS_SECRET_ACCESS_KEY: 'x'.repeat(40),
    });
    assert.equal(await foreign.exit, 1);
    assert.match(foreign.text(), /refused: 403/);
  });

  await t.test(
    'ws connections, topics, post and publish: who is connected is listed, and told',
    async (t) => {
      const { dataDir, urlOf, makeApi: make } = gateway;
      const apiId = await make('prices');
      const [empty, none] = runLines(dataDir, ['ws connections prices live', 'ws topics prices live']);
      assert.deepEqual([empty!.out, none!.out], ['Nobody is connected.\n', 'No topic has a member.\n']);

      const client = await openSocket(t, urlOf(apiId));
      client.send({ action: 'watch' });
      assert.deepEqual(JSON.parse(await client.next()), { topic: 'prices', joined: true });
      const [listed, table, topics] = runLines(dataDir, [
        `ws connections ${apiId} live --json`,
        'ws connections prices live',
        'ws topics prices live --json',
      ]);
      const { count, connections } = JSON.parse(listed!.out);
      assert.equal(count, 1);
      const [{ connectionId, sourceIp, topics: joined }] = connections;
      assert.deepEqual([sourceIp, joined], ['127.0.0.1', ['prices']]);
      assert.match(table!.out, /^connection +connected +active +address +topics +agent\n\S{15}= /);
      assert.deepEqual(JSON.parse(topics!.out), [{ topic: 'prices', members: 1 }]);

      const [posted, published, kept] = runLines(dataDir, [
        `ws post prices live ${connectionId} hello`,
        'ws publish prices live prices 42',
        'ws publish prices live prices 43 --retain --ttl 60 --json',
      ]);
      assert.deepEqual([posted!.exit, posted!.out, posted!.err], [0, '', '']);
      assert.equal(published!.out, 'Delivered to 1 connection\n');
      assert.deepEqual(JSON.parse(kept!.out), { deliveries: 1, conflated: 0, dropped: 0 });
      assert.deepEqual(
        [await client.next(), await client.next(), await client.next()],
        ['hello', '42', '43'],
      );
      const newcomer = await openSocket(t, urlOf(apiId));
      newcomer.send({ action: 'watch' });
      assert.deepEqual(new Set([await newcomer.next(), await newcomer.next()]).has('43'), true);

      newcomer.socket.close();
      client.socket.close();
      await until(() => {
        const [again] = runLines(dataDir, ['ws connections prices live']);
        return Promise.resolve(again!.out === 'Nobody is connected.\n' ? again : null);
      });
      const [gone, unknown, stage] = runLines(dataDir, [
        `ws post prices live ${connectionId} hello`,
        'ws topics nothing live',
        'ws topics prices nothing',
      ]);
      assert.deepEqual([gone!.exit, gone!.err], [1, 'error: the connection is gone\n']);
      assert.deepEqual(
        [unknown!.exit, unknown!.err],
        [1, 'error: no WebSocket API has the id or the name "nothing"\n'],
      );
      assert.deepEqual(
        [stage!.exit, stage!.err],
        [1, 'error: the API "prices" has no stage "nothing"; it has: live\n'],
      );
    },
  );
});

test('ws: without a gateway, and with what is no URL or no header, it says so', async (t) => {
  const folder = dataFolder(t);
  const cases: readonly (readonly [string[], number, RegExp])[] = [
    [['ws', 'topics', 'chat', 'live'], 1, /^error: no gateway runs on the data folder/],
    [
      ['ws', 'connect', 'ftp://127.0.0.1/'],
      2,
      /^error: "ftp:\/\/127\.0\.0\.1\/" is no URL of a WebSocket API/,
    ],
    [['ws', 'connect', 'ws://127.0.0.1/', '-H', 'a b: c'], 2, /^error: "a b: c" is not NAME:VALUE/],
    [['ws', 'connect', 'ws://127.0.0.1/', '-p', 'a b'], 2, /^error: "a b" names no sub-protocol/],
    [['ws', 'connect', 'ws://127.0.0.1:1/'], 1, /^error: "127\.0\.0\.1:1" does not answer as a WebSocket/],
    [
      ['ws', 'publish', 'chat', 'live', 'room', 'text', '--ttl', '3'],
      2,
      /^error: --ttl says how long a retained message is kept/,
    ],
  ];
  for (const [args, exit, expected] of cases) {
    const told = await run(t, folder, args);
    assert.equal(told.exit, exit, told.text);
    assert.match(told.text, expected);
  }
});
