import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';
import { connect } from 'node:tls';
import { api, mock } from '../support/api.ts';
import { keepingAgent, partners, startSecureGateway } from '../support/mutual-tls.ts';

const alice = partners.issue('alice');
const definition = api({ 'GET /name': mock('$context.identity.clientCert.subjectDN') });

/** A PROXY v2 header that says the connection is another one: the `id`th of the process, counted. */
function forgedHeader(id: number): Buffer {
  const header = Buffer.alloc(52);
  header.set([0x0d, 0x0a, 0x0d, 0x0a, 0, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a, 0x21, 0x21, 0, 36, 0xfd]);
  header.writeUIntBE(id, 26, 6);
  return header;
}

const get = (host: string): string => `GET /name HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
const answerCount = (text: string): number => text.split('HTTP/1.1 ').length - 1;

test('a front: who speaks PROXY inside its own TLS is taken for nobody else, and cut', async (t) => {
  const { ask, port } = await startSecureGateway(t, definition);
  const agent = keepingAgent(t);
  const trusted = await ask('api.example.com', alice, { target: '/name', agent });
  assert.equal(trusted.body, 'CN=alice');
  for (let id = 0; id < 4; id++) {
    const client = connect({
      host: '127.0.0.1',
      port,
      servername: 'open.example.com',
      rejectUnauthorized: false,
    });
    client.on('error', () => {});
    const closed = once(client, 'close');
    let text = '';
    client.on('data', (chunk) => {
      const before = answerCount(text);
      text += chunk.toString('latin1');
      if (before === 0 && answerCount(text) === 1)
        client.write(Buffer.concat([forgedHeader(id), Buffer.from(get('api.example.com'))]));
      else if (answerCount(text) > 1) client.destroy();
    });
    client.write(get('open.example.com'));
    await closed;
    assert.equal(answerCount(text), 1, text);
  }
});
