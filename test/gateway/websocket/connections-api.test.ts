import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { startBackend } from '../../support/backend.ts';
import {
  backend,
  identity,
  idOf,
  inPath,
  joinFolder,
  manage,
  whoRoute,
} from '../../support/management-calls.ts';
import { mockAnswering, openSocket, socketApi, startSocketGateway } from '../../support/websocket-api.ts';

const api = socketApi({ who: whoRoute, $default: mockAnswering('?') });
const start = (t: TestContext, identities = [backend], definition = api) =>
  startSocketGateway(t, definition, { published: { identities } });

test('@connections: a post reaches its client, as text where it is UTF-8 and as bytes where it is not', async (t) => {
  const { url, gateway } = await start(t);
  const client = await openSocket(t, url);
  const id = await idOf(client);
  const target = inPath(id);
  assert.deepEqual(
    { ...(await manage(gateway.port, 'POST', target, { body: 'grüß dich' })), json: 0 },
    {
      status: 200,
      errorType: null,
      text: '',
      json: 0,
    },
  );
  assert.equal(await client.next(), 'grüß dich');
  await manage(gateway.port, 'POST', target, { body: new Uint8Array([0xff, 0x00]) });
  assert.equal(await client.next(), 'bytes ff00');
  await manage(gateway.port, 'POST', target);
  assert.equal(await client.next(), '');
});

test('@connections: an id is understood however its path is encoded', async (t) => {
  const { url, gateway } = await start(t);
  for (let i = 0; i < 20; i++) {
    const client = await openSocket(t, url);
    const id = await idOf(client);
    const forms = [id, encodeURIComponent(id), id.replace('=', '%3d'), id.replaceAll('/', '%2F')];
    for (const form of forms) {
      const answer = await manage(gateway.port, 'POST', `/@connections/${form}`, { body: form });
      assert.equal(answer.status, 200, form);
      assert.equal(await client.next(), form);
    }
    assert.equal((await manage(gateway.port, 'GET', `/%40connections/${id}`)).status, 200);
  }
});

test('@connections: a look tells when the client came, when it was last active, and who it is', async (t) => {
  const { url, gateway } = await start(t);
  const before = Date.now();
  const client = await openSocket(t, url);
  const answer = await manage(gateway.port, 'GET', inPath(await idOf(client)));
  assert.equal(answer.status, 200);
  const status = answer.json() as Record<'connectedAt' | 'lastActiveAt', string> & { identity: unknown };
  assert.deepEqual(Object.keys(status), ['connectedAt', 'identity', 'lastActiveAt']);
  assert.deepEqual(status.identity, { sourceIp: '127.0.0.1', userAgent: 'node' });
  for (const time of [status.connectedAt, status.lastActiveAt]) {
    assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.ok(Date.parse(time) >= before - 1000 && Date.parse(time) <= Date.now() + 1000);
  }
});

test('@connections: a close ends the connection with 1000, or the code and reason that it names', async (t) => {
  const { url, gateway } = await start(t);
  const one = await openSocket(t, url);
  assert.equal((await manage(gateway.port, 'DELETE', inPath(await idOf(one)))).status, 204);
  assert.deepEqual(await one.closed, { code: 1000, reason: '' });
  const two = await openSocket(t, url);
  const target = inPath(await idOf(two));
  for (const code of ['1001', '999', 'x', '5000'])
    assert.equal(
      (await manage(gateway.port, 'DELETE', `${target}?code=${code}`)).errorType,
      'BadRequestException',
    );
  assert.equal(
    (await manage(gateway.port, 'DELETE', `${target}?code=4001&reason=banned%20here`)).status,
    204,
  );
  assert.deepEqual(await two.closed, { code: 4001, reason: 'banned here' });
  assert.equal((await manage(gateway.port, 'GET', target)).errorType, 'GoneException');
});

test('@connections: what cannot be done is answered as AWS answers it', async (t) => {
  const { url, gateway } = await start(t);
  const client = await openSocket(t, url);
  const id = await idOf(client);
  const { port } = gateway;
  const gone = `${id.slice(0, 8)}${id[8] === 'A' ? 'B' : 'A'}${id.slice(9)}`;
  for (const method of ['POST', 'GET', 'DELETE']) {
    const answer = await manage(port, method, inPath(gone));
    assert.deepEqual([answer.status, answer.errorType, answer.text], [410, 'GoneException', '']);
  }
  const malformed = await manage(port, 'POST', '/@connections/no-id');
  assert.deepEqual(
    [malformed.status, malformed.errorType, malformed.text],
    [400, 'BadRequestException', '{"message":"Invalid connectionId: no-id"}'],
  );
  const large = await manage(port, 'POST', inPath(id), { body: 'x'.repeat(131_073) });
  assert.deepEqual(
    [large.status, large.errorType, large.text],
    [413, 'PayloadTooLargeException', '{"message":"Message too long"}'],
  );
  assert.equal((await manage(port, 'POST', inPath(id), { body: 'x'.repeat(131_072) })).status, 200);
  assert.equal((await client.next()).length, 131_072);
  const other = await manage(port, 'PATCH', inPath(id));
  assert.deepEqual([other.status, other.errorType], [403, 'ForbiddenException']);
});

test('@connections: who is not allowed learns nothing, whether the connection is there or not', async (t) => {
  const onlyPost = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: 'execute-api:ManageConnections',
        Resource: 'arn:aws:execute-api:us-east-1:123456789012:wsapi00001/prod/POST/@connections/*',
      },
    ],
  };
  const poster = identity('poster', onlyPost);
  const { url, gateway } = await start(t, [backend, poster]);
  const client = await openSocket(t, url);
  const id = await idOf(client);
  const forged = `${id.slice(0, 10)}${id[10] === 'A' ? 'B' : 'A'}${id.slice(11)}`;
  for (const by of [null, identity('stranger'), { ...backend, secretAccessKey: 'guessed' }]) {
    const told = new Set<string>();
    for (const target of [id, forged, 'no-id']) {
      for (const method of ['POST', 'GET', 'DELETE', 'PATCH']) {
        const answer = await manage(gateway.port, method, inPath(target), { by });
        assert.equal(answer.status, 403, `${method} ${target} ${answer.text}`);
        told.add(answer.errorType!);
      }
    }
    assert.equal(told.size, 1, [...told].join());
  }
  assert.equal((await manage(gateway.port, 'POST', inPath(id), { by: poster, body: 'hi' })).status, 200);
  assert.equal(await client.next(), 'hi');
  for (const target of [id, forged])
    assert.equal((await manage(gateway.port, 'GET', inPath(target), { by: poster })).status, 403);
  client.send({ action: 'who' });
  assert.equal(await client.next(), id, 'nothing else has reached the client');
});

test('@connections: the host form leads there too', async (t) => {
  const { url, gateway } = await start(t);
  const client = await openSocket(t, url);
  const id = await idOf(client);
  const host = 'wsapi00001.execute-api.us-east-1.localhost';
  const answer = await manage(gateway.port, 'POST', inPath(id), { body: 'x', host, prefix: '/prod' });
  assert.equal(answer.status, 200);
  assert.equal(await client.next(), 'x');
});

test('@connections: a custom domain leads there, too', async (t) => {
  const domainNames = [
    {
      domainName: 'chat.example.com',
      endpointType: 'REGIONAL' as const,
      mappings: [{ basePath: 'v1', apiId: 'wsapi00001', stage: 'prod' }],
    },
  ];
  const { url, gateway } = await startSocketGateway(t, api, {
    published: { identities: [backend], domainNames },
  });
  const client = await openSocket(t, url);
  const id = await idOf(client);
  const answer = await manage(gateway.port, 'POST', inPath(id), {
    body: 'x',
    host: 'chat.example.com',
    prefix: '/v1',
  });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(await client.next(), 'x');
});

test('@connections: what a backend posts from inside $connect comes first when the connection is open', async (t) => {
  const port = Promise.withResolvers<number>();
  const statuses: number[] = [];
  const server = await startBackend(t, async ({ headers }, response) => {
    const target = inPath(String(headers['x-id']));
    for (const body of ['one', 'two'])
      statuses.push((await manage(await port.promise, 'POST', target, { body })).status);
    statuses.push((await manage(await port.promise, 'PUT', `${target}/topics/room`)).status);
    response.end();
  });
  const { url, gateway } = await start(
    t,
    [backend],
    socketApi({
      $connect: {
        integration: {
          integrationType: 'HTTP_PROXY',
          integrationMethod: 'POST',
          integrationUri: `http://${server.authority}/connect`,
          requestParameters: { 'integration.request.header.X-Id': 'context.connectionId' },
        },
      },
      who: whoRoute,
    }),
  );
  port.resolve(gateway.port);
  const client = await openSocket(t, url);
  assert.deepEqual([await client.next(), await client.next()], ['one', 'two']);
  assert.deepEqual(statuses, [200, 200, 204]);
  await manage(gateway.port, 'POST', '/@topics/room', { body: 'three' });
  assert.equal(await client.next(), 'three');
});

test('@connections: any data plane of the folder is asked for any connection', async (t) => {
  const { url, gateway, dataDir } = await start(t);
  const other = await joinFolder(t, dataDir);
  const here = await openSocket(t, url);
  const there = await openSocket(t, other.url);
  const targets = [inPath(await idOf(here)), inPath(await idOf(there))] as const;
  for (const { port } of [gateway, other]) {
    assert.equal((await manage(port, 'POST', targets[0], { body: `by ${port}` })).status, 200);
    assert.equal((await manage(port, 'POST', targets[1], { body: `by ${port}` })).status, 200);
    assert.equal(await here.next(), `by ${port}`);
    assert.equal(await there.next(), `by ${port}`);
    assert.equal((await manage(port, 'GET', targets[1])).status, 200);
  }
  assert.deepEqual((await manage(gateway.port, 'GET', '/@connections')).json(), {
    connections: 2,
    connectionIds: targets.map((target) => decodeURIComponent(target.slice('/@connections/'.length))),
    isTruncated: false,
  });
  assert.equal((await manage(gateway.port, 'DELETE', targets[1])).status, 204);
  assert.equal((await there.closed).code, 1000);
  for (const { port } of [gateway, other])
    assert.equal((await manage(port, 'POST', targets[1], { body: 'x' })).status, 410);
});

test('@connections: an id of another stage is gone, for whoever may manage this one', async (t) => {
  const { url, gateway } = await startSocketGateway(t, api, { published: { identities: [backend] } });
  const client = await openSocket(t, url);
  const id = await idOf(client);
  const elsewhere = await manage(gateway.port, 'POST', inPath(id), {
    prefix: '/_aws/execute-api/wsapi00001/beta',
  });
  assert.equal(elsewhere.status, 403, 'there is no such stage');
});

test('@connections: calls count against the rate of the account', async (t) => {
  const { url, gateway } = await startSocketGateway(t, api, {
    published: { identities: [backend], accountThrottle: { rateRps: 1, burst: 4 } },
  });
  const client = await openSocket(t, url);
  const target = inPath(await idOf(client));
  const statuses: string[] = [];
  for (let i = 0; i < 6; i++) {
    const { status, errorType } = await manage(gateway.port, 'POST', target, { body: 'x' });
    statuses.push(`${status} ${errorType}`);
  }
  assert.ok(statuses.includes('429 LimitExceededException'), statuses.join());
});

test('@connections: policies name the partition that the region lies in', async (t) => {
  const region = 'cn-north-1';
  const allowing = (name: string, partition: string) =>
    identity(name, {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: 'execute-api:ManageConnections',
          Resource: `arn:${partition}:execute-api:${region}:123456789012:wsapi00001/prod/*/@connections/*`,
        },
      ],
    });
  const [right, wrong] = [allowing('right', 'aws-cn'), allowing('wrong', 'aws')];
  const { url, gateway } = await startSocketGateway(t, api, {
    region,
    published: { region, identities: [right, wrong] },
  });
  const target = inPath(await idOf(await openSocket(t, url)));
  assert.equal((await manage(gateway.port, 'GET', target, { by: right, region })).status, 200);
  const refused = await manage(gateway.port, 'GET', target, { by: wrong, region });
  assert.equal(refused.status, 403);
  assert.match(
    refused.text,
    /on resource: arn:aws-cn:execute-api:cn-north-1:\*{8}9012:wsapi00001\/prod\/GET\//,
  );
});
