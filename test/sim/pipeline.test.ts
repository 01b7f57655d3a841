// The pipeline in a world of chance: clients that leave, backends that fail, renders that wait, deployments that
// change, all from one seed. Whatever happens, every exchange ends once and its books are closed once.
//
// SIM_SEED=n runs one seed, SIM_RUNS=n so many.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { signaturesHere } from '../../src/authorizers/index.ts';
import type { Exchange } from '../../src/exchange/exchange.ts';
import type { Recorder } from '../../src/exchange/recorder.ts';
import type { Renderer } from '../../src/exchange/tools.ts';
import { createBackends } from '../../src/gateway/backends/index.ts';
import { createDispatch } from '../../src/gateway/dispatch.ts';
import { createSettler } from '../../src/gateway/pipeline/settle.ts';
import { loadPublished, nothingPublished, type Published } from '../../src/gateway/published.ts';
import type { Throttle } from '../../src/gateway/throttle/throttle.ts';
import { renderNow } from '../../src/gateway/workers/render-now.ts';
import { compileTemplate } from '../../src/mapping/index.ts';
import { api, mock } from '../support/api.ts';
import { testSettings, writePublished } from '../support/gateway.ts';
import { noFunctions } from '../support/no-functions.ts';
import { unseenSockets } from '../support/unseen-sockets.ts';
import { SimClient } from './sim-client.ts';
import { headerOf, SimUpstream } from './sim-upstream.ts';
import { World } from './world.ts';

const exchangesPerRun = 40;
const eventsMax = 20_000;

const mappings = {
  'integration.request.header.X-V': 'stageVariables.v',
  'integration.request.header.X-Run': 'method.request.header.x-run',
};
const template = { 'application/json': '{"v":"$stageVariables.v","body":$input.json("$")}' };
const definition = api({
  'ANY /mock': mock('{"v":"$stageVariables.v"}'),
  'ANY /proxy': {
    integration: {
      type: 'HTTP_PROXY',
      httpMethod: 'ANY',
      uri: 'http://backend/',
      timeoutInMillis: 50,
      requestParameters: mappings,
    },
  },
  'ANY /http': {
    integration: {
      type: 'HTTP',
      httpMethod: 'POST',
      uri: 'http://backend/',
      timeoutInMillis: 50,
      requestParameters: mappings,
      requestTemplates: template,
    },
    responses: {
      200: {
        responseTemplates: { 'application/json': '{"v":"$stageVariables.v"}' },
        responseParameters: {
          'method.response.header.X-V': 'stageVariables.v',
          'method.response.header.X-Seen': 'integration.response.header.X-Seen',
        },
      },
    },
  },
  'ANY /unmapped': {
    integration: {
      type: 'HTTP',
      httpMethod: 'POST',
      uri: 'http://backend/',
      timeoutInMillis: 50,
      requestParameters: mappings,
    },
    responses: { '200:404': {} },
  },
  'ANY /checked': mock('x', {
    requestValidatorId: 'all',
    requestParameters: { 'method.request.querystring.q': true },
  }),
});

interface Run {
  readonly client: SimClient;
  readonly target: string;
  exchange: Exchange | null;
  books: number;
}

async function publishedVersions(tools: Parameters<typeof loadPublished>[2]): Promise<Published[]> {
  const versions: Published[] = [];
  for (const v of ['one', 'two']) {
    const dataDir = mkdtempSync(path.join(tmpdir(), 'sluice-sim-'));
    const canary = { definition, percentTraffic: 30, stageVariableOverrides: { v: `canary of ${v}` } };
    writePublished(dataDir, [{ definition, stage: { variables: { v } }, canary }]);
    const settings = testSettings(dataDir);
    versions.push(await loadPublished(settings, nothingPublished(settings), tools));
    rmSync(dataDir, { recursive: true });
  }
  return versions;
}

/** Renders at once, or later, or not at all. */
function simRenderer(world: World): Renderer {
  return {
    templateOf: (source) => {
      const template = compileTemplate(source);
      return {
        template,
        render: (scope) => {
          if (world.chance(0.5)) return renderNow(template, scope, null);
          return new Promise((resolve) =>
            world.soon(() =>
              resolve(
                world.chance(0.9)
                  ? renderNow(template, scope, null)
                  : { failed: world.pick(['error', 'timeout', 'overloaded'] as const), detail: 'simulated' },
              ),
            ),
          );
        },
      };
    },
  };
}

async function simulate(seed: number): Promise<void> {
  const world = new World(seed);
  const runs: Run[] = [];
  const upstream = new SimUpstream(world);
  const byClient = new Map<unknown, Run>();
  const recorder: Recorder = {
    route: () => ({
      finished: (exchange) => {
        const run = byClient.get(exchange.downstream)!;
        run.books++;
        run.exchange = exchange;
      },
      executionLog: () => null,
    }),
  };
  const throttle: Throttle = {
    kind: 'twin',
    bucket: () => 0,
    release: () => {},
    take: () => (world.chance(0.03) ? 1 : 0),
    quota: () => 0,
    usage: () => 0,
    takeCounted: () => (world.chance(0.03) ? 1 : 0),
    releaseMeter: () => {},
    close: () => {},
  };
  const settler = createSettler(world);
  const functions = noFunctions('no function host runs');
  const backends = createBackends();
  const renderer = simRenderer(world);
  const tools = {
    clock: world,
    upstream,
    functions,
    backends,
    renderer,
    signatures: signaturesHere,
    recorder,
    throttle,
    sockets: unseenSockets,
    ...settler,
  };
  const versions = await publishedVersions(tools);
  const bugs: unknown[] = [];
  const dispatch = createDispatch({
    clock: world,
    settler,
    published: () => world.pick(versions),
    handshake: () => assert.fail('no WebSocket API is served here'),
    random: () => world.random(),
    onUnlisted: () => {},
    onBug: (error) => bugs.push(error),
  });

  function leave(client: SimClient, i: number): void {
    client.leave();
    const isCalling = upstream.calls.some(
      (call) => !call.isOver && headerOf(call.request.headers, 'x-run') === String(i),
    );
    if (isCalling && client.end_ === 'client gone') client.faults.push('the backend works for nobody');
  }

  for (let i = 0; i < exchangesPerRun; i++) {
    const target = world.pick([
      '/mock',
      '/proxy',
      '/proxy',
      '/http',
      '/http',
      '/unmapped',
      '/checked',
      '/nothing',
    ]);
    const pieces = world.chance(0.5) ? world.between(1, 5) : 0;
    const client = new SimClient(
      world,
      Array.from({ length: pieces }, () => world.between(1, 20_000)),
    );
    const run: Run = { client, target, exchange: null, books: 0 };
    runs.push(run);
    byClient.set(client, run);
    world.after(world.between(0, 100), () => {
      dispatch({
        method: world.pick(['GET', 'POST', 'HEAD']),
        path: `/test${target}`,
        query: world.chance(0.5) ? 'q=1' : '',
        headers: ['host', 'testapi001.execute-api.us-east-1.localhost', 'x-run', String(i)],
        downstream: client,
      });
      if (world.chance(0.3)) world.after(world.between(0, 60), () => leave(client, i));
    });
  }
  await world.run(eventsMax);

  const context = `SIM_SEED=${seed}`;
  assert.deepEqual(bugs, [], context);
  for (const run of runs) {
    const { client, target } = run;
    const where = `${context} ${target}, ended as ${client.end_}, status ${client.status}`;
    assert.deepEqual(client.faults, [], where);
    assert.notEqual(client.end_, null, `${where}: an exchange was left open`);
    // A client that left before its gathered body was whole made no request that anyone counts.
    const neverAsked = client.end_ === 'client gone' && client.body !== null && !client.body.isWhole;
    assert.ok(
      run.books === 1 || (neverAsked && run.books === 0),
      `${where}: ${run.books} times in the books`,
    );
    if (client.end_ === 'sent' || client.end_ === 'streamed') {
      assert.equal(run.exchange!.responseStatus, client.status, where);
      const [sent, seen] = [/X-V: ([\w ]+)/, /X-Seen: ([\w ]+)/].map(
        (field) => field.exec(client.headers)?.[1],
      );
      if (sent !== undefined)
        assert.equal(seen, sent, `${where}: one exchange saw two deployments, or canary and production`);
    }
  }
  assert.equal(upstream.calls.filter((call) => !call.isOver).length, 0, `${context}: a call was left open`);
}

const only = process.env.SIM_SEED;
const seeds =
  only === undefined
    ? Array.from({ length: Number(process.env.SIM_RUNS ?? 50) }, (_, i) => i + 1)
    : [Number(only)];

test(`pipeline in simulation: every exchange ends once and is booked once, over ${seeds.length} seeds`, async () => {
  for (const seed of seeds) await simulate(seed);
});
