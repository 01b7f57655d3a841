// A listener in a child process, so that an abort of the process is a failed test and not the end of the run. The path
// of a request says how it is answered.

import { createHash } from 'node:crypto';
import { headerBlock } from '../../src/base/header-field.ts';
import type { Downstream, IncomingRequest } from '../../src/exchange/downstream.ts';
import { type Listener, openListener } from '../../src/gateway/listener/listener.ts';
import type { TlsFiles } from '../../src/gateway/tls/tls-files.ts';

const text = headerBlock(['Content-Type', 'text/plain']);
const json = headerBlock(['Content-Type', 'application/json']);
const refusals: string[] = [];
const errors: string[] = [];
const paths: string[] = [];
const events: string[] = [];
let held: IncomingRequest[] = [];
let heldBodies: IncomingRequest[] = [];

const answers: Readonly<Record<string, (request: IncomingRequest) => void>> = {
  '/echo': echo,
  '/late': ({ downstream }) => setImmediate(() => downstream.send(200, text, 'late')),
  '/hold': (request) => held.push(request),
  '/hold-body': (request) => heldBodies.push(request),
  '/throw': () => {
    throw new Error('thrown by the handler');
  },
  '/throw-late': ({ downstream }) =>
    downstream.body?.collect(() => {
      throw new Error('thrown while collecting');
    }),
  '/throw-on-abort': ({ downstream }) =>
    downstream.onAbort(() => {
      throw new Error('thrown on abort');
    }),
  '/throw-on-drain': ({ downstream }) => {
    downstream.begin(200, text, null);
    downstream.onDrain(() => {
      throw new Error('thrown on drain');
    });
    while (downstream.write(new Uint8Array(1_000_000)));
  },
  '/throw-begun': ({ downstream }) => {
    downstream.begin(200, text, null);
    downstream.write(Buffer.from('begun'));
    throw new Error('thrown in the middle');
  },
  '/destroy': ({ downstream }) => downstream.destroy(),
  '/destroy-reading': ({ downstream }) =>
    downstream.body?.start({
      onChunk: () => {
        downstream.destroy();
        return true;
      },
      onEnd: () => events.push('sink end'),
      onAbort: () => events.push('sink told'),
    }),
  '/destroy-late': ({ downstream }) => {
    setImmediate(() => {
      downstream.begin(200, text, 10);
      downstream.write(Buffer.from('12345'));
      setImmediate(() => downstream.destroy());
    });
  },
  '/status': ({ downstream, query }) => downstream.send(Number(query), text, 'body'),
  '/null': ({ downstream }) => downstream.send(200, text, null),
  '/latin1': ({ downstream }) => downstream.send(200, headerBlock(['X-Name', 'caf\xe9']), 'é'),
  '/large': ({ downstream, query }) => downstream.send(200, text, Buffer.alloc(Number(query), 'x')),
  '/stream': ({ downstream, query }) => stream(downstream, Number(query), null),
  '/stream-length': ({ downstream, query }) => stream(downstream, Number(query), Number(query)),
  '/stream-short': ({ downstream }) => {
    downstream.begin(200, text, 10);
    downstream.write(Buffer.from('12345'));
    downstream.end();
  },
  '/stream-long': ({ downstream }) => {
    downstream.begin(200, text, 10);
    downstream.write(Buffer.from('12345'));
    downstream.write(Buffer.from('67890x'));
    downstream.end();
  },
  '/begin': ({ downstream, query }) => {
    downstream.begin(Number(query), text, null);
    downstream.write(Buffer.from('body'));
    downstream.end();
  },
  '/begun-reading': ({ downstream }) => {
    downstream.body?.start({ onChunk: () => true, onEnd() {}, onAbort: () => events.push('reading ends') });
    downstream.begin(200, text, null);
    downstream.write(Buffer.from('begun'));
  },
  '/stream-head': ({ downstream }) => {
    downstream.begin(200, text, 77);
    downstream.write(Buffer.from('not for HEAD'));
    downstream.end();
  },
  '/twice': ({ downstream }) => {
    downstream.send(200, text, 'first');
    downstream.send(500, text, 'second');
    downstream.begin(500, text, null);
    downstream.write(Buffer.from('third'));
    downstream.end();
    downstream.destroy();
  },
  '/text': ({ downstream }) =>
    downstream.body?.collect((body) => downstream.send(200, text, new TextDecoder().decode(body!))),
  // A part of a text that has a letter above U+00FF elsewhere.
  '/wide': ({ downstream }) => downstream.send(200, text, `日${'a'.repeat(1_000)}`.slice(1)),
  '/reuse': ({ downstream }) => {
    const bytes = Buffer.alloc(65_536, 'a');
    downstream.send(200, text, bytes);
    bytes.fill('b');
  },
  '/early': ({ downstream }) => downstream.send(401, text, 'early'),
  '/pausing': pausing,
  '/peer': ({ downstream }) =>
    downstream.send(
      200,
      json,
      JSON.stringify([downstream.remoteAddress(), downstream.localPort, downstream.tls]),
    ),
  '/seen': ({ downstream }) =>
    downstream.send(200, json, JSON.stringify({ paths, events, refusals, errors, stats: listener.stats })),
};

function answer(request: IncomingRequest): void {
  paths.push(request.path);
  request.downstream.onAbort(() => events.push(`abort ${request.path}`));
  (answers[request.path] ?? ok)(request);
}

function ok({ downstream }: IncomingRequest): void {
  if (downstream.body === null) downstream.send(200, text, 'ok');
  else
    downstream.body.collect((body) => {
      if (body !== null) downstream.send(200, text, `ok ${body.length}`);
    });
}

function echo(request: IncomingRequest): void {
  const { method, path, query, headers, downstream } = request;
  const reply = (body: Uint8Array | null) => {
    const sha1 = body === null ? null : createHash('sha1').update(body).digest('hex');
    downstream.send(
      200,
      json,
      JSON.stringify({ method, path, query, headers, bodyBytes: body?.length ?? null, sha1 }),
    );
  };
  if (downstream.body === null) reply(null);
  else downstream.body.collect(reply);
}

function stream(downstream: Downstream, bytes: number, lengthBytes: number | null): void {
  downstream.begin(200, text, lengthBytes);
  let left = bytes;
  const go = (): void => {
    while (left > 0) {
      const size = Math.min(left, 100_000);
      left -= size;
      if (!downstream.write(new Uint8Array(size).fill(120))) return;
    }
    downstream.end();
  };
  downstream.onDrain(go);
  go();
}

/** Answers what was held, as its query says: `/hold?/stream?5` is released as `/stream?5`. */
function release(request: IncomingRequest): void {
  const { downstream } = request;
  const [path = '', query = ''] = request.query.split('?');
  if (path === '') downstream.send(200, text, 'released');
  else (answers[path] ?? ok)({ ...request, downstream, path, query });
  downstream.onAbort(() => events.push(`late abort ${request.path}`));
}

/** Reads the body through a sink that asks for a pause after each chunk. */
function pausing(request: IncomingRequest): void {
  const { downstream } = request;
  const body = downstream.body!;
  let bytes = 0;
  let pauses = 0;
  body.start({
    onChunk(chunk) {
      bytes += chunk.length;
      pauses++;
      setImmediate(() => body.resume());
      return false;
    },
    onEnd() {
      downstream.send(200, json, JSON.stringify({ bytes, hasPaused: pauses > 0 }));
    },
    onAbort() {
      events.push('sink abort');
    },
  });
}

const options = JSON.parse(process.argv[2]!) as { tls: TlsFiles | null; host?: string };
const listener: Listener = await openListener(
  {
    host: options.host ?? '127.0.0.1',
    port: 0,
    tls: options.tls,
    onRefused: (reason) => refusals.push(reason),
    onError: (error) => errors.push((error as Error).message),
  },
  answer,
);

process.on('message', (message: { act: string; deadlineMs?: number }) => {
  if (message.act === 'drain') {
    void listener.drain(message.deadlineMs!).then(() => process.send!({ told: 'drained', events }));
  } else if (message.act === 'release') {
    for (const request of held) release(request);
    held = [];
  } else if (message.act === 'destroy') {
    for (const { downstream } of held) downstream.destroy();
    held = [];
  } else if (message.act === 'read-bodies') {
    for (const request of heldBodies) echo(request);
    heldBodies = [];
  } else if (message.act === 'close') {
    listener.close();
    process.disconnect();
  }
});
process.send!({ told: 'listening', port: listener.port });
