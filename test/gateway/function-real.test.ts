// The whole way: a gateway, its function host, and functions of Node.js in processes of their own.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { publishedFunction } from '../functions/published-functions.ts';
import {
  allowedFunction,
  functionMethod,
  startRealFunctions,
  streamedMethod,
} from '../support/real-functions.ts';

const code = `
const fs = require('node:fs');
exports.hello = async (event) => ({
  statusCode: 200,
  headers: { 'Content-Type': 'text/plain', 'X-Resource': event.resource },
  body: 'hello ' + event.pathParameters.name,
});
exports.fail = async () => { throw new Error('no'); };
exports.sse = awslambda.streamifyResponse(async (event, output) => {
  const response = awslambda.HttpResponseStream.from(output, {
    statusCode: 201,
    headers: { 'Content-Type': 'text/event-stream' },
    cookies: ['a=1'],
  });
  for (let i = 0; i < 3; i++) {
    response.write('data: ' + i + '\\n\\n');
    while (!fs.existsSync(event.headers['X-Folder'] + '/' + i)) await new Promise((next) => setTimeout(next, 5));
  }
  response.end();
});
`;
const start = (t: TestContext) =>
  startRealFunctions(
    t,
    code,
    [
      allowedFunction('hello', 'app.hello', '*/GET/hello/*'),
      allowedFunction('fail', 'app.fail'),
      allowedFunction('sse', 'app.sse'),
      publishedFunction('closed', 'app.hello'),
    ],
    {
      'GET /hello/{name}': functionMethod('hello'),
      'POST /hello/{name}': functionMethod('hello'),
      'GET /fail': functionMethod('fail'),
      'GET /closed': functionMethod('closed'),
      'GET /unknown': functionMethod('unknown'),
      'GET /sse': streamedMethod('sse'),
    },
  );

test('functions of a gateway: they answer, fail, and are called only with permission', async (t) => {
  const { call } = await start(t);
  const hello = await call('/hello/ada');
  assert.deepEqual(
    [hello.status, hello.body, hello.headers['content-type'], hello.headers['x-resource']],
    [200, 'hello ada', 'text/plain', '/hello/{name}'],
  );
  const error = '{"message": "Internal server error"}';
  const others = [
    ['GET', '/fail', 502],
    ['POST', '/hello/ada', 500],
    ['GET', '/closed', 500],
    ['GET', '/unknown', 500],
  ] as const;
  for (const [method, target, status] of others) {
    const answer = await call(target, { method });
    assert.deepEqual([answer.status, answer.body], [status, error], target);
  }
});

test('functions of a gateway: an event of a stream arrives before the next one is written', async (t) => {
  const { port, dataDir } = await start(t);
  const request = http.get({
    port,
    path: '/_aws/execute-api/testapi001/test/sse',
    headers: { 'x-folder': dataDir },
  });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  assert.deepEqual(
    [response.statusCode, response.headers['content-type'], response.headers['set-cookie']],
    [201, 'text/event-stream', ['a=1']],
  );
  let text = '';
  response.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  for (let i = 0; i < 3; i++) {
    while (!text.endsWith(`data: ${i}\n\n`)) await once(response, 'data');
    writeFileSync(path.join(dataDir, String(i)), '');
  }
  await once(response, 'end');
  assert.equal(text, 'data: 0\n\ndata: 1\n\ndata: 2\n\n');
});
