// A gateway behind a real listener whose functions are scripts of the test: no process, no socket to a host.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { request } from 'undici';
import { signaturesHere } from '../../src/authorizers/index.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { Backends } from '../../src/exchange/backends.ts';
import type {
  Functions,
  Invocation,
  InvocationCall,
  InvocationHandler,
  InvocationResult,
} from '../../src/functions/functions.ts';
import { createDispatch } from '../../src/gateway/dispatch.ts';
import { openListener } from '../../src/gateway/listener/listener.ts';
import type { PlanTools } from '../../src/gateway/pipeline/plan.ts';
import { createSettler } from '../../src/gateway/pipeline/settle.ts';
import { loadPublished, nothingPublished } from '../../src/gateway/published.ts';
import { createTestInvoker } from '../../src/gateway/test-invoke/test-invoker.ts';
import { openThrottle } from '../../src/gateway/throttle/throttle.ts';
import { createUpstream } from '../../src/gateway/upstream/index.ts';
import { createRecorder } from '../../src/observability/process-recorder.ts';
import type {
  ApiDefinition,
  PublishedState,
  TestInvocation,
  TestInvoked,
} from '../../src/resources/index.ts';
import { type MethodSpec, api as makeApi } from './api.ts';
import { type Answer, type CallOptions, type TestApi, testSettings, writePublished } from './gateway.ts';
import { renderHere } from './render-here.ts';
import { unseenSockets } from './unseen-sockets.ts';

/** What a function does with one call; it may end it in a later turn. */
export type Script = (invocation: Invocation, handler: InvocationHandler) => void;

export const requestId = '8d1c1d1a-0000-4000-8000-000000000001';

/** The end of a function that answered. @param answer - text is sent as it is, anything else as JSON */
export function done(
  answer: unknown,
  functionError: 'Unhandled' | 'Handled' | null = null,
): InvocationResult {
  const payload = Buffer.from(typeof answer === 'string' ? answer : JSON.stringify(answer));
  return { outcome: 'done', requestId, executedVersion: '$LATEST', functionError, payload, logTail: null };
}

export function refused(
  status: number,
  type: string,
  message: string,
  reason: string | null = null,
): InvocationResult {
  return { outcome: 'refused', requestId, status, type, message, reason };
}

/** A script that ends each call with the same result. */
export const ending =
  (result: InvocationResult): Script =>
  (_, handler) =>
    handler.onEnd(result);

/** As a proxy function gets it. */
export interface ProxyEvent {
  readonly resource: string;
  readonly path: string;
  readonly httpMethod: string;
  readonly headers: Readonly<Record<string, string>> | null;
  readonly multiValueHeaders: Readonly<Record<string, readonly string[]>> | null;
  readonly queryStringParameters: Readonly<Record<string, string>> | null;
  readonly multiValueQueryStringParameters: Readonly<Record<string, readonly string[]>> | null;
  readonly pathParameters: Readonly<Record<string, string>> | null;
  readonly stageVariables: Readonly<Record<string, string>> | null;
  readonly requestContext: Readonly<Record<string, unknown>>;
  readonly body: string | null;
  readonly isBase64Encoded: boolean;
}

export class ScriptedFunctions implements Functions {
  readonly invocations: Invocation[] = [];
  aborted = 0;
  resumed = 0;
  script: Script;

  constructor(script: Script) {
    this.script = script;
  }

  get last(): Invocation {
    return this.invocations.at(-1)!;
  }

  /** The last event. */
  get event(): ProxyEvent {
    return JSON.parse(Buffer.from(this.last.payload).toString());
  }

  invoke(invocation: Invocation, handler: InvocationHandler): InvocationCall {
    this.invocations.push(invocation);
    let isLive = true;
    const guarded: InvocationHandler = {
      onHead: (contentType) => isLive && handler.onHead(contentType),
      onData: (chunk) => (isLive ? handler.onData(chunk) : false),
      onEnd: (result) => isLive && handler.onEnd(result),
    };
    setImmediate(() => this.script(invocation, guarded));
    return {
      abort: () => {
        isLive = false;
        this.aborted++;
      },
      resume: () => {
        this.resumed++;
      },
    };
  }
}

export const roleArn = 'arn:aws:iam::123456789012:role/apigateway';
const backends: Backends = {
  linked: () => {
    throw new Error('no VPC link in this test');
  },
  service: () => null,
  role: (arn) =>
    arn === roleArn
      ? { roleArn, accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: null }
      : null,
  introspection: () => null,
};

export interface FunctionsGateway {
  readonly functions: ScriptedFunctions;
  readonly port: number;
  call(target: string, options?: CallOptions): Promise<Answer>;
  /** Publishes other stages, beside the same state. */
  publish(apis: readonly TestApi[]): Promise<void>;
  testInvoke(definition: ApiDefinition, more?: Partial<TestInvocation>): Promise<TestInvoked>;
  /** What was logged so far, whole. */
  logs(): Promise<{ execution: string; access: string }>;
}

export const functionArn = 'arn:aws:lambda:us-east-1:123456789012:function:hello';
export const invocationUri = `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${functionArn}/invocations`;
export const streamUri = `arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/${functionArn}/response-streaming-invocations`;

/** A method that hands its requests to the function. */
export function proxy(more: Partial<MethodSpec['integration']> = {}): MethodSpec {
  return { integration: { type: 'AWS_PROXY', httpMethod: 'POST', uri: invocationUri, ...more } };
}

/** The same, streamed. */
export const streamed = (more: Partial<MethodSpec['integration']> = {}): MethodSpec =>
  proxy({ uri: streamUri, responseTransferMode: 'STREAM', ...more });

/** Serves `apis` (or one API of these methods), logs everything, and ends with the test. */
export async function startFunctionsGateway(
  t: TestContext,
  served: readonly TestApi[] | Readonly<Record<string, MethodSpec>>,
  script: Script = ending(done({})),
  more: Partial<PublishedState> = {},
): Promise<FunctionsGateway> {
  const apis = Array.isArray(served)
    ? served
    : [{ definition: makeApi(served as Record<string, MethodSpec>) }];
  const dataDir = mkdtempSync(path.join(tmpdir(), 'sluice-test-'));
  const settings = testSettings(dataDir);
  const functions = new ScriptedFunctions(script);
  const upstream = createUpstream();
  const { logsDir } = settings;
  const recorder = createRecorder({ logsDir, flushMs: 1 });
  const { throttle } = openThrottle({ file: path.join(dataDir, 'throttle'), processes: 1, prefer: 'twin' });
  const settler = createSettler(systemClock);
  const renderer = renderHere();
  const tools: PlanTools = {
    sockets: unseenSockets,
    clock: systemClock,
    upstream,
    functions,
    backends,
    renderer,
    signatures: signaturesHere,
    throttle,
    recorder,
    ...settler,
  };
  writePublished(dataDir, apis, more);
  let published = await loadPublished(settings, nothingPublished(settings), tools);
  const bugs: unknown[] = [];
  const onBug = (error: unknown): void => void bugs.push(error);
  const onRequest = createDispatch({
    clock: systemClock,
    settler,
    published: () => published,
    handshake: () => {
      throw new Error('no WebSocket API is served here');
    },
    onUnlisted: () => {},
    onBug,
  });
  const listener = await openListener({ host: '127.0.0.1', port: 0, tls: null, onError: onBug }, onRequest);
  const { accountId, region } = settings;
  const tester = createTestInvoker({ tools, settler, accountId, region, onBug });
  let isClosed = false;
  const close = async (): Promise<void> => {
    if (isClosed) return;
    isClosed = true;
    await listener.drain(100);
    await recorder.close();
  };
  t.after(async () => {
    await close();
    upstream.close();
    throttle.close();
    await renderer.close();
    rmSync(dataDir, { recursive: true, force: true });
    for (const bug of bugs) throw bug;
  });
  const firstApi = apis[0].definition.restApi.id;
  const { port } = listener;
  return {
    functions,
    port,
    call: async (target, options = {}) => {
      const prefix = options.isRaw ? '' : `/_aws/execute-api/${options.api ?? firstApi}/test`;
      const answer = await request(`http://127.0.0.1:${port}${prefix}${target}`, {
        method: (options.method ?? 'GET') as 'GET',
        headers: { ...options.headers },
        body: options.body ?? null,
      });
      const bytes = Buffer.from(await answer.body.arrayBuffer());
      return { status: answer.statusCode, headers: answer.headers, body: bytes.toString(), bytes };
    },
    publish: async (next) => {
      writePublished(dataDir, next, more);
      published = await loadPublished(settings, published, tools);
    },
    testInvoke: (definition, more = {}) => {
      const resource = definition.resources.find(
        ({ resourceMethods }) => Object.keys(resourceMethods ?? {}).length > 0,
      )!;
      return tester.invoke({
        definition,
        resourceId: resource.id,
        httpMethod: Object.keys(resource.resourceMethods!)[0]!,
        pathWithQueryString: null,
        headers: [],
        body: '',
        stageVariables: {},
        clientCertificate: null,
        ...more,
      });
    },
    logs: async () => {
      await close();
      const read = (name: string): string => {
        try {
          return readFileSync(path.join(logsDir, name), 'utf8');
        } catch {
          return '';
        }
      };
      return {
        execution: read(`API-Gateway-Execution-Logs_${firstApi}/test.log`),
        access: read('access/access.log'),
      };
    },
  };
}
