// Signed requests as they come over the wire: in chunks, with payloads that are not signed, and with one byte changed.

import assert from 'node:assert/strict';
import test from 'node:test';
import { presignQuery, sha256Hex, signRequest } from '../../src/base/sigv4/index.ts';
import { bytes, rule, webAcl } from '../firewall/support.ts';
import { api, mock } from '../support/api.ts';
import { identity } from '../support/authorized.ts';
import { startTestGateway } from '../support/gateway.ts';
import { exchangeRaw } from '../support/raw-client.ts';

const iam = { authorizationType: 'AWS_IAM' } as const;
const definition = api({ 'POST /a': mock('in', iam), 'GET /a': mock('in', iam) });
const path = '/_aws/execute-api/testapi001/test/a';
const signing = { region: 'us-east-1', service: 'execute-api' };
const start = (t: Parameters<typeof startTestGateway>[0]) =>
  startTestGateway(t, [{ definition }], { published: { identities: [identity()] } });

interface Signed {
  readonly method: string;
  readonly target: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/** @param covered - fields that are signed, beside the host */
function signedRequest(port: number, body: string, covered: readonly string[] = [], method = 'POST'): Signed {
  const headers = ['host', `127.0.0.1:${port}`, ...covered];
  const parts = { method, path, query: 'b=2&a=%20x', headers };
  const added = signRequest(parts, body, identity(), { ...signing, nowMs: Date.now() });
  const all = [...headers, ...added];
  const fields = all.flatMap((name, i) => (i % 2 === 0 ? [[name, all[i + 1]!] as const] : []));
  return { method, target: `${path}?b=2&a=%20x`, fields };
}

const head = ({ method, target, fields }: Signed, more: readonly string[]): string =>
  [`${method} ${target} HTTP/1.1`, ...fields.map(([name, value]) => `${name}: ${value}`), ...more].join(
    '\r\n',
  );

const chunks = (texts: readonly string[]): string =>
  `${texts.map((text) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`).join('')}0\r\n\r\n`;

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0);

test('AWS_IAM: a body that comes in chunks is signed as a whole', async (t) => {
  const { port } = await start(t);
  const body = '{"name":"grüß dich"}';
  const send = (texts: readonly string[]) =>
    exchangeRaw(
      port,
      `${head(signedRequest(port, body), ['Transfer-Encoding: chunked', 'Connection: close'])}\r\n\r\n${chunks(texts)}`,
    );
  assert.equal(statusOf(await send([body])), 200);
  assert.equal(statusOf(await send([...body])), 200);
  assert.equal(statusOf(await send([body.slice(1), body.slice(0, 1)])), 403);
  assert.equal(statusOf(await send([body, ' '])), 403);
  assert.equal(statusOf(await send([])), 403);
});

test('AWS_IAM: a body that rules of a web ACL have read is signed as it came', async (t) => {
  const acl = webAcl([rule('hostile', 0, bytes('hostile', { Body: {} }))]);
  const { port } = await startTestGateway(t, [{ definition, stage: { webAclArn: acl.ARN } }], {
    published: {
      identities: [identity()],
      firewall: { webAcls: [acl], ipSets: [], regexPatternSets: [], ruleGroups: [] },
    },
  });
  const send = (signed: string, sent: string) => {
    const more = [`Content-Length: ${Buffer.byteLength(sent)}`, 'Connection: close'];
    return exchangeRaw(port, `${head(signedRequest(port, signed), more)}\r\n\r\n${sent}`);
  };
  assert.match(await send('grüß dich', 'grüß dich'), /^HTTP\/1\.1 200 .*in$/s);
  assert.match(await send('grüß dich', 'grüß doch'), /InvalidSignatureException/);
  assert.match(await send('', 'x'), /InvalidSignatureException/);
  assert.match(await send('hostile', 'hostile'), /^HTTP\/1\.1 403 .*ForbiddenException/s);
});

test('AWS_IAM: a payload that claims not to be signed, or to be signed piece by piece, is refused', async (t) => {
  const { port } = await start(t);
  const body = 'hello';
  const ask = async (hash: string, sent = body): Promise<number> => {
    const request = signedRequest(port, body, ['x-amz-content-sha256', hash]);
    const more = [`Content-Length: ${sent.length}`, 'Connection: close'];
    return statusOf(await exchangeRaw(port, `${head(request, more)}\r\n\r\n${sent}`));
  };
  assert.equal(await ask(sha256Hex(body)), 200);
  assert.equal(await ask(sha256Hex(body), 'other'), 403);
  for (const claim of [
    'UNSIGNED-PAYLOAD',
    'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
    'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
    sha256Hex('other'),
    sha256Hex(body).toUpperCase(),
  ])
    assert.equal(await ask(claim), 403, claim);
});

/** Another printable character at each place of a text, never the same letter in another case. */
function* changesOf(text: string): Generator<string> {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at) ^ 1;
    yield text.slice(0, at) + (code === 0x7f ? 'x' : String.fromCharCode(code)) + text.slice(at + 1);
  }
}

test('AWS_IAM: no request passes of which one byte was changed, by header and by query', async (t) => {
  const { port } = await start(t);
  const body = '{"a":1}';
  const more = ['Connection: close', `Content-Length: ${body.length}`];
  const whole = signedRequest(port, body, ['x-custom', 'a value']);
  const send = async (request: Signed, sent = body): Promise<number> =>
    statusOf(await exchangeRaw(port, `${head(request, more)}\r\n\r\n${sent}`));
  assert.equal(await send(whole), 200);
  const changed: [what: string, request: Signed, body?: string][] = [
    ...[...changesOf(whole.method)].map((method) => [method, { ...whole, method }] as [string, Signed]),
    ...[...changesOf(whole.target)].map((target) => [target, { ...whole, target }] as [string, Signed]),
    ...whole.fields.flatMap(([name, value], i) =>
      [...changesOf(value)].map(
        (other) =>
          [`${name}: ${other}`, { ...whole, fields: whole.fields.with(i, [name, other]) }] as [
            string,
            Signed,
          ],
      ),
    ),
    ...[...changesOf(body)].map((sent) => [sent, whole, sent] as [string, Signed, string]),
  ];
  const host = `127.0.0.1:${port}`;
  const query = presignQuery(
    { method: 'POST', path, query: 'x=1', headers: ['host', host] },
    body,
    identity(),
    {
      ...signing,
      nowMs: Date.now(),
      expiresSeconds: 300,
    },
  );
  const presigned = { method: 'POST', target: `${path}?${query}`, fields: [['host', host]] as const };
  assert.equal(await send(presigned), 200);
  for (const target of changesOf(presigned.target)) changed.push([target, { ...presigned, target }]);
  assert.ok(changed.length > 600, String(changed.length));
  for (let i = 0; i < changed.length; i += 50)
    await Promise.all(
      changed.slice(i, i + 50).map(async ([what, request, sent]) => {
        const status = await send(request, sent);
        assert.ok(status !== 200, `${status}: ${what}`);
      }),
    );
});
