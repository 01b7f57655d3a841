// The gateway without its listener: requests go straight to dispatch, in the turn of the event loop that asks.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { signaturesHere } from '../../src/authorizers/index.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { Downstream } from '../../src/exchange/downstream.ts';
import { createBackends } from '../../src/gateway/backends/index.ts';
import { createDispatch } from '../../src/gateway/dispatch.ts';
import type { PlanTools } from '../../src/gateway/pipeline/plan.ts';
import { createSettler, type Settler } from '../../src/gateway/pipeline/settle.ts';
import { loadPublished, nothingPublished } from '../../src/gateway/published.ts';
import { openThrottle } from '../../src/gateway/throttle/throttle.ts';
import { createUpstream } from '../../src/gateway/upstream/index.ts';
import { createRecorder, type ProcessRecorder } from '../../src/observability/process-recorder.ts';
import type { PublishedState } from '../../src/resources/index.ts';
import { type TestApi, testSettings, writePublished } from './gateway.ts';
import { noFunctions } from './no-functions.ts';
import { renderHere } from './render-here.ts';
import { unseenSockets } from './unseen-sockets.ts';

export interface TestDispatch {
  /** The whole answer of an exchange that does not wait for anything. @param target - with its stage */
  ask(target: string, host?: string): { status: number; body: string };
  readonly recorder: ProcessRecorder;
  publish(apis: readonly TestApi[], more?: Partial<PublishedState>): Promise<void>;
}

export async function startTestDispatch(
  t: TestContext,
  apis: readonly TestApi[],
  { random, ...more }: Partial<PublishedState> & { readonly random?: () => number } = {},
): Promise<TestDispatch> {
  const { dataDir, settler, recorder, tools } = testPlanTools(t);
  const settings = testSettings(dataDir);
  let published = nothingPublished(settings);
  const publish: TestDispatch['publish'] = async (next, changed = more) => {
    writePublished(dataDir, next, changed);
    published = await loadPublished(settings, published, tools);
  };
  await publish(apis);
  const dispatch = createDispatch({
    clock: systemClock,
    settler,
    published: () => published,
    handshake: () => {
      throw new Error('no WebSocket API is served here');
    },
    ...(random === undefined ? {} : { random }),
    onUnlisted: () => {},
    onBug: (error) => {
      throw error;
    },
  });
  const firstApi = apis[0]?.definition.restApi.id ?? 'none';
  return {
    recorder,
    publish,
    ask: (target, host = `${firstApi}.execute-api.us-east-1.localhost`) => {
      const downstream = new KeptAnswer();
      const [pathname, query = ''] = target.split('?', 2) as [string, string?];
      dispatch({ method: 'GET', path: pathname, query, headers: ['host', host], downstream });
      if (downstream.answer === null) throw new Error(`${target} was not answered at once`);
      return downstream.answer;
    },
  };
}

export interface TestPlanTools {
  readonly dataDir: string;
  readonly settler: Settler;
  readonly recorder: ProcessRecorder;
  readonly tools: PlanTools;
}

/** What plans are compiled with, in this process and without threads; ended with the test. */
export function testPlanTools(t: TestContext): TestPlanTools {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'sluice-test-'));
  const upstream = createUpstream();
  const recorder = createRecorder({ logsDir: null });
  const { throttle } = openThrottle({ file: path.join(dataDir, 'throttle'), processes: 1, prefer: 'twin' });
  const settler = createSettler(systemClock);
  const renderer = renderHere();
  t.after(async () => {
    upstream.close();
    throttle.close();
    await renderer.close();
    await recorder.close();
    rmSync(dataDir, { recursive: true, force: true });
  });
  const tools: PlanTools = {
    sockets: unseenSockets,
    clock: systemClock,
    upstream,
    functions: noFunctions('no function host runs'),
    backends: createBackends(),
    renderer,
    signatures: signaturesHere,
    throttle,
    recorder,
    ...settler,
  };
  return { dataDir, settler, recorder, tools };
}

class KeptAnswer implements Downstream {
  readonly aborted = false;
  readonly tls = false;
  readonly connection = null;
  readonly localPort = 80;
  readonly body = null;
  readonly upgrade = null;
  answer: { status: number; body: string } | null = null;

  remoteAddress = (): string => '127.0.0.1';
  send(status: number, _headers: unknown, body: string | Uint8Array | null): void {
    this.answer = { status, body: body === null ? '' : Buffer.from(body).toString() };
  }
  begin(): void {}
  write = (): boolean => true;
  onDrain(): void {}
  end(): void {}
  destroy(): void {}
  onAbort(): void {}
}
