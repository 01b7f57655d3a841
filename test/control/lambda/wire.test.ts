// Lambda on a management port that asks who calls: real clients that sign, users with and without leave, uploads.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { request as startRequest } from 'node:http';
import { join } from 'node:path';
import test from 'node:test';
import { signRequest } from '../../../src/base/sigv4/index.ts';
import { accessActs } from '../../../src/control/access/index.ts';
import { runAws } from '../../support/aws-cli.ts';
import { accountId } from '../../support/control.ts';
import { guardedPort } from '../../support/guarded-port.ts';
import { noAwsClients } from '../../support/management.ts';
import { zipFile } from '../code/zip-file.ts';
import { send } from '../protocol/wire.ts';
import { fakeFunctions } from './fake-functions.ts';

const zip = zipFile({ name: 'app.mjs', content: 'export const handler = async (event) => event' });
const role = `arn:aws:iam::${accountId}:role/r`;
const other = `arn:aws:iam::${accountId}:role/other`;
const arn = (name: string) => `arn:aws:lambda:us-east-1:${accountId}:function:${name}`;
const created = (name: string) => ({
  FunctionName: name,
  Runtime: 'nodejs24.x',
  Handler: 'app.handler',
  Role: role,
  Code: { ZipFile: zip.toString('base64') },
});

interface Key {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

async function lambdaPort(t: { after(work: () => unknown): void }) {
  const guarded = await guardedPort(t, { functions: fakeFunctions() });
  const { control, port } = guarded;
  const user = async (userName: string, ...statements: readonly object[]): Promise<Key> => {
    await accessActs.iamAddUser({ userName }, control);
    const document = JSON.stringify({ Version: '2012-10-17', Statement: statements });
    await accessActs.iamPutPolicy({ userName, policyName: 'p', document }, control);
    return accessActs.iamCreateKey({ userName }, control);
  };
  const signed = (key: Key, method: string, path: string, body?: unknown, service = 'lambda') => {
    const text = body === undefined ? '' : JSON.stringify(body);
    const [pathname = '', query = ''] = path.split('?');
    const host = `127.0.0.1:${port}`;
    const parts = { method, path: pathname, query, headers: ['host', host] };
    const added = signRequest(parts, text, key, { region: 'us-east-1', service, nowMs: Date.now() });
    const headers: Record<string, string> = { host };
    for (let i = 0; i < added.length; i += 2) headers[added[i]!] = added[i + 1]!;
    return send(port, method, path, { headers, ...(body === undefined ? {} : { body: text }) });
  };
  return { ...guarded, user, signed };
}

const functions = '/2015-03-31/functions';

test('lambda: a policy decides on the function that a request names, in its path or in its body', async (t) => {
  const { admin, user, signed } = await lambdaPort(t);
  assert.equal((await signed(admin, 'POST', functions, created('echo'))).status, 201);
  const bob = await user(
    'bob',
    { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: `${arn('echo')}:prod` },
    { Effect: 'Allow', Action: 'lambda:CreateFunction', Resource: arn('mine-*') },
    { Effect: 'Allow', Action: 'lambda:ListFunctions', Resource: '*' },
    { Effect: 'Allow', Action: 'iam:PassRole', Resource: role },
  );
  const cases: readonly (readonly [method: string, path: string, body: unknown, denied: string | null])[] = [
    ['POST', `${functions}/echo:prod/invocations`, {}, null],
    ['POST', `${functions}/echo/invocations?Qualifier=prod`, {}, null],
    ['POST', `${functions}/${encodeURIComponent(`${arn('echo')}:prod`)}/invocations`, {}, null],
    ['POST', `${functions}/echo/invocations`, {}, `lambda:InvokeFunction on resource: ${arn('echo')}`],
    [
      'POST',
      '/2021-11-15/functions/echo/response-streaming-invocations?Qualifier=beta',
      {},
      `lambda:InvokeFunction on resource: ${arn('echo')}:beta`,
    ],
    ['POST', `${functions}/`, created('mine-1'), null],
    ['POST', functions, { ...created('mine-2'), Role: other }, `iam:PassRole on resource: ${other}`],
    ['POST', functions, created('yours'), `lambda:CreateFunction on resource: ${arn('yours')}`],
    ['GET', functions, undefined, null],
    ['GET', `${functions}/echo/code.zip`, undefined, `lambda:GetFunction on resource: ${arn('echo')}`],
    ['GET', `/2017-03-31/tags/${arn('echo')}`, undefined, `lambda:ListTags on resource: ${arn('echo')}`],
  ];
  for (const [method, path, body, denied] of cases) {
    const answer = await signed(bob, method, path, body);
    if (denied === null) assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`);
    else {
      const [action] = denied.split(' ');
      const why = `because no identity-based policy allows the ${action} action`;
      assert.deepEqual(
        { status: answer.status, type: answer.headers['x-amzn-errortype'], body: answer.json },
        {
          status: 403,
          type: 'AccessDeniedException',
          body: {
            Message: `User: arn:aws:iam::${accountId}:user/bob is not authorized to perform: ${denied} ${why}`,
          },
        },
      );
    }
  }
});

test('lambda: a signature for another service is refused, in both directions', async (t) => {
  const { admin, signed } = await lambdaPort(t);
  const lambda = await signed(admin, 'GET', functions, undefined, 'apigateway');
  assert.equal(lambda.status, 403);
  assert.match(lambda.text, /Credential should be scoped to correct service: 'lambda'/);
  const apigateway = await signed(admin, 'GET', '/restapis', undefined, 'lambda');
  assert.equal(apigateway.status, 403);
  assert.match(apigateway.text, /Credential should be scoped to correct service: 'apigateway'/);
});

test('lambda: refusals have the form of the service, and its own ids', async (t) => {
  const { admin, signed } = await lambdaPort(t);
  const notFound = await signed(admin, 'GET', `${functions}/nope`);
  assert.deepEqual(
    [notFound.status, notFound.headers['x-amzn-errortype'], notFound.json],
    [404, 'ResourceNotFoundException', { Type: 'User', Message: `Function not found: ${arn('nope')}` }],
  );
  assert.match(String(notFound.headers['x-amzn-requestid']), /^[0-9a-f-]{36}$/);
  assert.equal(notFound.headers['x-amz-apigw-id'], undefined);
  const throttled = await signed(admin, 'POST', `${functions}/throttled/invocations`, {});
  assert.deepEqual(
    [throttled.status, throttled.json],
    [
      429,
      {
        Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
        Type: 'User',
        message: 'Rate Exceeded.',
      },
    ],
  );
  const invalid = await signed(admin, 'POST', functions, { ...created('f'), Timeout: 0 });
  assert.deepEqual(
    [invalid.status, invalid.headers['x-amzn-errortype'], invalid.json],
    [
      400,
      'ValidationException',
      {
        message:
          "1 validation error detected: Value '0' at 'timeout' failed to satisfy constraint: Member must have value greater than or equal to 1",
      },
    ],
  );
});

test('lambda: the audit log has its calls, without code, environment or payload', async (t) => {
  const { admin, signed, audited, auditText } = await lambdaPort(t);
  const environment = { Variables: { PASSWORD: 'very-secret' } };
  await signed(admin, 'POST', functions, { ...created('echo'), Environment: environment });
  await signed(admin, 'POST', `${functions}/echo/invocations`, { token: 'very-secret' });
  const [create, invoke] = audited();
  assert.deepEqual(
    [create!.eventSource, create!.eventName, create!.readOnly],
    ['lambda.amazonaws.com', 'CreateFunction', false],
  );
  const hidden = 'HIDDEN_DUE_TO_SECURITY_REASONS';
  assert.deepEqual(create!.requestParameters, {
    functionName: 'echo',
    runtime: 'nodejs24.x',
    handler: 'app.handler',
    role,
    code: { ZipFile: `(${zip.length} bytes)` },
    environment: { Variables: { PASSWORD: hidden } },
  });
  assert.deepEqual(invoke!.requestParameters, { functionName: 'echo', payload: '(23 bytes)' });
  assert.ok(!auditText().includes('very-secret'));
});

/** Sends a head that announces a large body, and waits for what is said of it. */
const announce = (
  port: number,
  path: string,
  headers: Readonly<Record<string, string>>,
  size: number,
): Promise<number | 'continue'> =>
  new Promise((resolve, reject) => {
    const request = startRequest({
      host: '127.0.0.1',
      port,
      method: 'POST',
      path,
      agent: false,
      headers: { ...headers, 'content-length': String(size), expect: '100-continue' },
    });
    request.once('error', reject);
    const end = (said: number | 'continue'): void => {
      request.off('error', reject);
      request.on('error', () => {});
      request.destroy();
      resolve(said);
    };
    request.once('continue', () => end('continue'));
    request.once('response', (response) => end(response.statusCode!));
    request.flushHeaders();
  });

test('lambda: only code may be large, and only from somebody with a key', async (t) => {
  const { admin, port } = await lambdaPort(t);
  const headersOf = (path: string, key: Key): Record<string, string> => {
    const host = `127.0.0.1:${port}`;
    const parts = { method: 'POST', path, query: '', headers: ['host', host] };
    const added = signRequest(parts, '', key, {
      region: 'us-east-1',
      service: 'lambda',
      nowMs: Date.now(),
    });
    return { host, [added[0]!]: added[1]!, [added[2]!]: added[3]! };
  };
  const stranger = { accessKeyId: 'AKIAAAAAAAAAAAAAAAAA', secretAccessKey: 'x' };
  const mb = 1024 * 1024;
  const invoke = `${functions}/echo/invocations`;
  assert.equal(await announce(port, functions, headersOf(functions, admin), 60 * mb), 'continue');
  assert.equal(await announce(port, functions, headersOf(functions, admin), 71 * mb), 413);
  assert.equal(await announce(port, functions, headersOf(functions, stranger), 60 * mb), 403);
  assert.equal(await announce(port, functions, {}, 60 * mb), 403);
  assert.equal(await announce(port, invoke, headersOf(invoke, admin), 60 * mb), 413);
});

test('lambda: the aws command line makes a function, invokes it and fetches its code', {
  skip: noAwsClients,
}, async (t) => {
  const { admin, port, dataDir } = await lambdaPort(t);
  const zipPath = join(dataDir, 'f.zip');
  const answerPath = join(dataDir, 'answer.json');
  writeFileSync(zipPath, zip);
  const aws = async (...args: readonly string[]) => {
    const printed = await runAws(admin, `http://127.0.0.1:${port}`, 'lambda', ...args);
    return JSON.parse(printed || 'null');
  };
  const name = ['--function-name', 'echo'];
  const settings = ['--runtime', 'nodejs24.x', '--handler', 'app.handler', '--role', role];
  const made = await aws('create-function', ...name, ...settings, '--zip-file', `fileb://${zipPath}`);
  assert.equal(made.FunctionArn, arn('echo'));
  const invoked = await aws('invoke', ...name, '--payload', '{"a":1}', answerPath);
  assert.deepEqual(invoked, { StatusCode: 200, ExecutedVersion: '7' });
  assert.equal(JSON.parse(readFileSync(answerPath, 'utf8')).payload, '{"a":1}');
  const { Code } = await aws('get-function', ...name);
  assert.match(Code.Location, /X-Amz-Signature=/);
  const fetched = await fetch(Code.Location);
  assert.equal(fetched.status, 200);
  assert.deepEqual(Buffer.from(await fetched.arrayBuffer()), zip);
  const other = await fetch(Code.Location.replace('/echo/', '/other/'));
  assert.equal(other.status, 403, 'the address is of one function alone');
});
