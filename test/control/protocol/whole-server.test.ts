// The whole server, handlers and store included, under requests made from the shapes: whatever is sent, the answer is a
// success or a refusal in the service's form, and a refusal has changed nothing.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { newResourceId } from '../../../src/base/ids.ts';
import { checkTools } from '../../../src/cli/check-tools.ts';
import { createControlPlane } from '../../../src/control/control-plane.ts';
import { type Operation, type OperationName, operations } from '../../../src/control/protocol/operations.ts';
import { createManagementServer } from '../../../src/control/protocol/server.ts';
import { noBackends } from '../../../src/resources/index.ts';
import { openStore, type Store } from '../../../src/store/index.ts';
import { noFunctions } from '../../support/no-functions.ts';
import fc, { type Arbitrary } from '../../support/properties.ts';
import { bodyOf, rightInput, targetOf, wrongAt } from './generated.ts';
import { admin, send, type WireAnswer, type WireRequest } from './wire.ts';

interface WholeServer {
  send(method: string, path: string, request?: WireRequest): Promise<WireAnswer>;
  /** Transactions that have changed something. */
  readonly changes: () => number;
  readonly logged: string[];
}

async function wholeServer(t: { after(work: () => unknown): void }): Promise<WholeServer> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sluice-whole-'));
  const store = await openStore(dataDir, 'memory');
  let changes = 0;
  const counting: Store = {
    view: store.view,
    backup: (file) => store.backup(file),
    close: () => store.close(),
    write: async (work) => {
      let isChange = false;
      const result = await store.write((transaction) => {
        const done = work(transaction);
        isChange = transaction.changedKinds.size > 0;
        return done;
      });
      if (isChange) changes++;
      return result;
    },
  };
  const logged: string[] = [];
  const server = createManagementServer({
    controlPlane: createControlPlane({
      account: {
        accountId: '111122223333',
        region: 'us-east-1',
        partition: 'aws',
        accountThrottle: { rateRps: 10_000, burst: 5_000 },
      },
      store: counting,
      dataDir,
      dataPlanes: {
        adopt: async () => {},
        testInvoke: async () => ({ status: 200, headers: [], body: '', log: '', latencyMs: 1 }),
        sampledRequests: async () => [],
        address: () => ({ host: '127.0.0.1', port: 8080, tls: false, hostSuffix: 'localhost' }),
      },
      functions: noFunctions('no function host runs'),
      backends: noBackends,
      tools: checkTools,
      now: () => '2024-01-02T03:04:05.000Z',
      newId: newResourceId,
    }),
    host: '127.0.0.1',
    port: 0,
    authenticate: () => admin,
    onCall: () => {},
    log: (text) => logged.push(text),
  });
  const port = await server.listen();
  t.after(async () => {
    await server.close();
    await store.close();
    rmSync(dataDir, { recursive: true, force: true });
  });
  return { send: (...args) => send(port, ...args), changes: () => changes, logged };
}

/** What is there to be named by members of these names. */
type Pool = Readonly<Record<string, readonly string[]>>;

/** Makes one of almost everything. */
async function furnish({ send }: WholeServer): Promise<Pool> {
  const make = async (method: string, path: string, body: unknown): Promise<Record<string, string>> => {
    const { status, text, json } = await send(method, path, { body: JSON.stringify(body) });
    assert.ok(status < 300, `${method} ${path}: ${text}`);
    return json as Record<string, string>;
  };
  const { id: api, rootResourceId: root } = await make('POST', '/restapis', { name: 'a' });
  const { id: resource } = await make('POST', `/restapis/${api}/resources/${root}`, { pathPart: 'pets' });
  const method = `/restapis/${api}/resources/${resource}/methods/GET`;
  await make('PUT', method, { authorizationType: 'NONE' });
  await make('PUT', `${method}/responses/200`, {});
  await make('PUT', `${method}/integration`, { type: 'MOCK' });
  await make('PUT', `${method}/integration/responses/200`, {});
  const { id: deployment } = await make('POST', `/restapis/${api}/deployments`, { stageName: 'prod' });
  const { id: key } = await make('POST', '/apikeys', { name: 'k' });
  const { id: plan } = await make('POST', '/usageplans', { name: 'p' });
  await make('POST', `/usageplans/${plan}/keys`, { keyId: key, keyType: 'API_KEY' });
  const { id: validator } = await make('POST', `/restapis/${api}/requestvalidators`, { name: 'v' });
  const part = { location: { type: 'API' }, properties: '{"a":1}' };
  const { id: documentationPart } = await make('POST', `/restapis/${api}/documentation/parts`, part);
  await make('POST', `/restapis/${api}/documentation/versions`, { documentationVersion: 'v1' });
  const { clientCertificateId } = await make('POST', '/clientcertificates', {});
  const targetArns = ['arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/net/n/1'];
  const { id: link } = await make('POST', '/vpclinks', { name: 'l', targetArns });
  const arn = 'arn:aws:apigateway:us-east-1::';
  return {
    restApiId: [api!],
    cloneFrom: [api!],
    resourceId: [resource!, root!],
    parentId: [resource!, root!],
    httpMethod: ['GET'],
    statusCode: ['200'],
    deploymentId: [deployment!],
    stageName: ['prod'],
    stage: ['prod'],
    apiKey: [key!],
    keyId: [key!],
    usagePlanId: [plan!],
    requestValidatorId: [validator!],
    documentationPartId: [documentationPart!],
    documentationVersion: ['v1'],
    modelName: ['Empty'],
    clientCertificateId: [clientCertificateId!],
    vpcLinkId: [link!],
    resourceArn: [`${arn}/restapis/${api}`, `${arn}/restapis/${api}/stages/prod`, `${arn}/apikeys/${key}`],
    exportType: ['oas30', 'swagger'],
    sdkType: ['javascript'],
    id: ['javascript'],
  };
}

/** Inputs of the right types, whose members often name what is there. Deletes mostly do not: things would run out. */
const plausible = (name: OperationName, operation: Operation, pool: Pool): Arbitrary<object> =>
  fc
    .tuple(
      rightInput(operation),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 60, maxLength: 60 }),
    )
    .map(([input, chances]) => {
      const named = Object.entries(input).map(([member, value], i) => {
        const known = pool[member];
        const isNamed = known !== undefined && chances[i]! < (name.startsWith('Delete') ? 0.2 : 0.9);
        const isLeftOut = !operation.members[member]!.isRequired && chances[i + 30]! < 0.5;
        if (isLeftOut) return [member, undefined];
        return [member, isNamed ? known[Math.floor(chances[i]! * 100) % known.length] : value];
      });
      return Object.fromEntries(named.filter(([, value]) => value !== undefined));
    });

function assertForm({ status, headers, json, text }: WireAnswer, about: string): void {
  assert.ok(status < 500, `${about}: ${status} ${text}`);
  if (status < 400) return;
  assert.match(String(headers['x-amzn-errortype']), /^\w+Exception$/, about);
  assert.deepEqual(Object.keys(json as object), ['message'], about);
}

const all = Object.entries<Operation>(operations) as [OperationName, Operation][];
const jsonBody = (operation: Operation, input: object): WireRequest =>
  operation.method === 'GET' || operation.method === 'DELETE'
    ? {}
    : { body: JSON.stringify(bodyOf(operation, input as Record<string, unknown>)) };

test('the whole server answers requests of the right types, or refuses them and changes nothing', async (t) => {
  const server = await wholeServer(t);
  const pool = await furnish(server);
  for (const [name, operation] of all)
    await fc.assert(
      fc.asyncProperty(plausible(name, operation, pool), async (input) => {
        const before = server.changes();
        const target = targetOf(operation, input as Record<string, unknown>);
        const answer = await server.send(operation.method, target, jsonBody(operation, input));
        assertForm(answer, `${operation.method} ${target}: ${server.logged.join()}`);
        if (answer.status >= 400)
          assert.equal(server.changes(), before, `${name} was refused and changed something`);
      }),
      { numRuns: 10 },
    );
  assert.deepEqual(server.logged, []);
});

test('the whole server changes nothing when one value of a body is of a wrong type', async (t) => {
  const server = await wholeServer(t);
  const pool = await furnish(server);
  const before = server.changes();
  for (const [name, operation] of all) {
    const input = { ...fc.sample(rightInput(operation), { numRuns: 1, seed: 7 })[0]! } as Record<
      string,
      unknown
    >;
    for (const member of Object.keys(input)) input[member] = pool[member]?.[0] ?? input[member];
    for (const { path, body } of wrongAt(operation, bodyOf(operation, input))) {
      const answer = await server.send(operation.method, targetOf(operation, input), {
        body: JSON.stringify(body),
      });
      assert.equal(answer.status, 400, `${name} with a wrong ${path}: ${answer.text}`);
    }
  }
  assert.deepEqual([server.changes() - before, server.logged], [0, []]);
});
