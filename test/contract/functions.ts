// What every `Functions` must do, whoever stands behind it. It is run over the socket with functions that are faked,
// and with those of a real host.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type {
  Functions,
  Invocation,
  InvocationCall,
  InvocationHandler,
  InvocationResult,
} from '../../src/functions/functions.ts';

/** Functions under test. The names are of functions that must be there. */
export interface FunctionsUnderTest {
  readonly functions: Functions;
  /** Answers its payload. */
  readonly echo: string;
  /** Fails: `Unhandled`. */
  readonly failing: string;
  /** Streams so many bytes. */
  streaming(bytes: number): string;
  /** What is not there. */
  readonly unknown: { readonly name: string; readonly status: number; readonly type: string };
}

export interface FunctionsImplementation {
  readonly name: string;
  /** Takes itself down at the end of the test. */
  start(t: TestContext): Promise<FunctionsUnderTest>;
  /** Megabytes of the long stream; a process that writes them takes its time. */
  readonly streamMegabytes: number;
  readonly concurrentCalls: number;
}

/** An invocation as the gateway makes them. */
export const invocationOf = (functionName: string, changes: Partial<Invocation> = {}): Invocation => ({
  functionName,
  qualifier: null,
  type: 'RequestResponse',
  payload: '{}',
  by: { kind: 'identity', arn: 'arn:aws:iam::000000000000:user/test' },
  clientContext: null,
  traceId: null,
  isStreamed: false,
  wantsLogTail: false,
  ...changes,
});

/** What a call was told, in order. */
export class Told implements InvocationHandler {
  readonly events: string[] = [];
  bytes = 0;
  chunksMax = 0;
  /** Asked at each chunk: false = pause. */
  mayGoOn: () => boolean = () => true;
  readonly #ended = Promise.withResolvers<InvocationResult>();

  get result(): Promise<InvocationResult> {
    return this.#ended.promise;
  }

  onHead(contentType: string): void {
    this.events.push(`head ${contentType}`);
  }

  onData(chunk: Uint8Array): boolean {
    if (this.events.at(-1) !== 'data') this.events.push('data');
    this.bytes += chunk.length;
    this.chunksMax = Math.max(this.chunksMax, chunk.length);
    return this.mayGoOn();
  }

  onEnd(result: InvocationResult): void {
    this.events.push('end');
    this.#ended.resolve(result);
  }
}

/** Invokes and waits for the end. */
export function invoke(functions: Functions, invocation: Invocation): Promise<InvocationResult> {
  const told = new Told();
  functions.invoke(invocation, told);
  return told.result;
}

export const payloadOf = (result: InvocationResult): string => {
  assert.equal(result.outcome, 'done', JSON.stringify(result));
  return result.outcome === 'done' ? Buffer.from(result.payload).toString('utf8') : '';
};

/** Runs the suite over one implementation. */
export function functionsContract({
  name,
  start,
  streamMegabytes,
  concurrentCalls,
}: FunctionsImplementation): void {
  test(`${name}: a call is answered with what its function returned`, async (t) => {
    const { functions, echo } = await start(t);
    const payload = JSON.stringify({ text: 'für 10 €', list: [1, 2, 3] });
    for (const given of [payload, Buffer.from(payload)]) {
      const result = await invoke(functions, invocationOf(echo, { payload: given }));
      assert.equal(payloadOf(result), payload);
      assert.ok(result.outcome === 'done' && result.functionError === null && result.requestId !== '');
    }
  });

  test(`${name}: payloads of some bytes and of megabytes come back whole`, async (t) => {
    const { functions, echo } = await start(t);
    const texts = [0, 1, 5_000, 16_384, 16_385, 65_536, 1_000_000, 5_000_000].map((n) => '€'.repeat(n / 3));
    const results = await Promise.all(
      texts.map((text) => invoke(functions, invocationOf(echo, { payload: JSON.stringify(text) }))),
    );
    assert.deepEqual(
      results.map((result) => payloadOf(result).length),
      texts.map((text) => text.length + 2),
    );
  });

  test(`${name}: nothing is called back from inside invoke`, async (t) => {
    const { functions, echo, unknown } = await start(t);
    for (const functionName of [echo, unknown.name]) {
      const told = new Told();
      functions.invoke(invocationOf(functionName), told);
      assert.deepEqual(told.events, []);
      await told.result;
      assert.deepEqual(told.events, ['end']);
    }
  });

  test(`${name}: a function that fails is done, with its error`, async (t) => {
    const { functions, failing } = await start(t);
    const result = await invoke(functions, invocationOf(failing));
    assert.ok(result.outcome === 'done' && result.functionError === 'Unhandled');
    assert.match(payloadOf(result), /"errorMessage"/);
  });

  test(`${name}: a refusal comes with its status and type`, async (t) => {
    const { functions, unknown } = await start(t);
    const result = await invoke(functions, invocationOf(unknown.name));
    assert.ok(result.outcome === 'refused');
    assert.deepEqual([result.status, result.type], [unknown.status, unknown.type]);
    assert.ok(result.message !== '');
  });

  test(`${name}: a streamed answer comes as head, data, end`, async (t) => {
    const { functions, streaming } = await start(t);
    const told = new Told();
    functions.invoke(invocationOf(streaming(300_000), { isStreamed: true }), told);
    const result = await told.result;
    assert.equal(payloadOf(result), '');
    assert.deepEqual(
      [told.events.map((event) => event.split(' ')[0]), told.bytes],
      [['head', 'data', 'end'], 300_000],
    );
  });

  test(`${name}: a reader who pauses gets no more than a window, and the rest after resume`, async (t) => {
    const { functions, streaming, echo } = await start(t);
    const bytes = streamMegabytes * 1024 * 1024;
    const told = new Told();
    let sincePause = 0;
    let pauses = 0;
    let call: InvocationCall | null = null;
    const goOn = (): void => {
      sincePause = 0;
      call!.resume();
    };
    told.mayGoOn = () => {
      sincePause++;
      if (sincePause < 20) return true;
      if (sincePause === 20 && ++pauses <= 10) {
        // A pause of a call of somebody else's: a stream that is not read delays nobody.
        void invoke(functions, invocationOf(echo)).then(() => setImmediate(goOn));
        return false;
      }
      return pauses > 10;
    };
    call = functions.invoke(invocationOf(streaming(bytes), { isStreamed: true }), told);
    assert.equal(payloadOf(await told.result), '');
    assert.equal(told.bytes, bytes);
    assert.ok(pauses > 1);
  });

  test(`${name}: after abort nothing is called, and other calls go on`, async (t) => {
    const { functions, streaming, echo } = await start(t);
    const told = new Told();
    const first = Promise.withResolvers<void>();
    told.mayGoOn = () => {
      first.resolve();
      return true;
    };
    const call = functions.invoke(invocationOf(streaming(50_000_000), { isStreamed: true }), told);
    await first.promise;
    call.abort();
    const eventCount = told.events.length;
    assert.equal(payloadOf(await invoke(functions, invocationOf(echo, { payload: '"on"' }))), '"on"');
    call.abort();
    call.resume();
    assert.equal(told.events.length, eventCount);

    const unheard = new Told();
    functions.invoke(invocationOf(echo), unheard).abort();
    await invoke(functions, invocationOf(echo));
    assert.deepEqual(unheard.events, []);
  });

  test(`${name}: ${concurrentCalls} calls at once are each answered once, with their own answer`, async (t) => {
    const { functions, echo } = await start(t);
    const results = await Promise.all(
      Array.from({ length: concurrentCalls }, (_, i) =>
        invoke(functions, invocationOf(echo, { payload: `{"n":${i},"pad":"${'x'.repeat(i % 3000)}"}` })),
      ),
    );
    const numbers = results.map((result) => (JSON.parse(payloadOf(result)) as { n: number }).n);
    assert.deepEqual(
      numbers,
      Array.from({ length: concurrentCalls }, (_, i) => i),
    );
  });
}
