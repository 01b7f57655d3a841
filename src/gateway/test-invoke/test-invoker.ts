// TestInvokeMethod: one method of an API as it is now, compiled for a stage of its own and run through the same
// pipeline as any request, as a function. See observed behaviour, section 8.

import { isFieldValue, isToken } from '../../base/header-field.ts';
import { Exchange } from '../../exchange/exchange.ts';
import { failures } from '../../exchange/gateway-response.ts';
import type { Phase } from '../../exchange/phase.ts';
import type { Recorder } from '../../exchange/recorder.ts';
import { headersText, mapText, queryText } from '../../observability/log-text.ts';
import {
  anyVerbs,
  type Method,
  type Resource,
  type TestInvocation,
  type TestInvoked,
} from '../../resources/index.ts';
import { compileForTest, type Plan, type PlanTools } from '../pipeline/plan.ts';
import type { PlanSource } from '../pipeline/plan-source.ts';
import type { Settler } from '../pipeline/settle.ts';
import { createWalk } from '../pipeline/walk.ts';
import { PathRouter } from '../router/path-router.ts';
import { type MemoryAnswer, MemoryDownstream } from './memory-downstream.ts';
import { TestLog } from './test-log.ts';

export interface TestInvokerOptions {
  readonly tools: PlanTools;
  readonly settler: Settler;
  readonly accountId: string;
  readonly region: string;
  /** Told of what a phase threw: a bug of ours. */
  readonly onBug: (error: unknown, requestId: string) => void;
  /** Beside the integration's own timeout: for templates, and for a backend that trickles. Default 10,000. */
  readonly graceMs?: number;
}

export interface TestInvoker {
  /** @throws (rejects) Error with one line: no such method, a header that cannot be sent, or too many at once */
  invoke(invocation: TestInvocation): Promise<TestInvoked>;
}

/** Under way at once in this process; one more is refused. A test holds up to 20 MB of bodies. */
const invocationsMax = 16;
const stageName = 'test-invoke-stage';
/** What AWS's templates see as `$context.domainName` in a test. */
const domainName = 'testPrefix.testDomainName';

export function createTestInvoker(options: TestInvokerOptions): TestInvoker {
  let open = 0;
  return {
    invoke: async (invocation) => {
      if (open >= invocationsMax)
        throw new Error(`more than ${invocationsMax} test invocations are under way`);
      open++;
      try {
        return await invoke(invocation, options);
      } finally {
        open--;
      }
    },
  };
}

async function invoke(invocation: TestInvocation, options: TestInvokerOptions): Promise<TestInvoked> {
  const { tools, settler, onBug, graceMs = 10_000 } = options;
  const { clock } = tools;
  const { resource, method } = methodOf(invocation);
  // A request cannot have the verb ANY.
  const verb = invocation.httpMethod === 'ANY' ? 'GET' : invocation.httpMethod;
  const target = targetOf(invocation.pathWithQueryString ?? resource.path);
  const log = new TestLog(clock);
  const plan = compilePlan(invocation, resource, method, log, options);

  const answered = Promise.withResolvers<MemoryAnswer>();
  const downstream = new MemoryDownstream(verb === 'HEAD', answered.resolve, () => settleCut());
  const request = {
    method: verb,
    path: target.path,
    query: target.query,
    headers: fieldsOf(invocation),
    downstream,
  };
  const startedNs = clock.monotonicNs();
  const address = { path: target.path, resourceStart: 0, domainName, basePath: null };
  const pathValues = pathValuesOf(resource.path, target.path);
  const exchange = new Exchange(plan.route, request, verb, address, pathValues, clock.nowMs(), startedNs);

  /** An answer that broke off half way, or after its end was booked. */
  function settleCut(): void {
    const { integrationError } = exchange;
    settler.settle(
      exchange,
      integrationError === null ? failures.responseTooLarge : failures.integrationFailure,
    );
  }

  /** The pipeline did not end in its time; whatever it does from now on is nobody's. */
  function giveUp(): void {
    log.error('Execution failed due to a timeout error');
    exchange.responseStatus = failures.integrationTimeout.status;
    downstream.abort();
    settler.finish(exchange);
    const body = Buffer.from(`{"message": "${failures.integrationTimeout.message}"}`);
    answered.resolve({
      status: exchange.responseStatus,
      headers: ['Content-Type', 'application/json'],
      body,
    });
  }

  const timeoutMs = (method.methodIntegration?.timeoutInMillis ?? 0) + graceMs;
  const timer = setTimeout(giveUp, timeoutMs);
  try {
    createWalk(settler, onBug)(exchange, plan);
    const answer = await answered.promise;
    // An answer that was streamed has not closed its books: the pipeline's own `finish` does nothing in a test.
    settler.finish(exchange);
    return resultOf(answer, exchange, log);
  } finally {
    clearTimeout(timer);
  }
}

function methodOf({ definition, resourceId, httpMethod }: TestInvocation): {
  resource: Resource;
  method: Method;
} {
  const resource = definition.resources.find(({ id }) => id === resourceId);
  const methods: Readonly<Record<string, Method>> = resource?.resourceMethods ?? {};
  const isVerb = httpMethod === 'ANY' || anyVerbs.has(httpMethod);
  const method = isVerb ? (methods[httpMethod] ?? methods.ANY) : undefined;
  if (resource === undefined || method === undefined)
    throw new Error(`the API has no method ${httpMethod} on the resource "${resourceId}"`);
  return { resource, method };
}

function compilePlan(
  invocation: TestInvocation,
  resource: Resource,
  method: Method,
  log: TestLog,
  { tools, accountId, region }: TestInvokerOptions,
): Plan {
  const { definition, stageVariables, clientCertificate } = invocation;
  const source: PlanSource = {
    accountId,
    region,
    accountThrottle: { rateRps: 0, burst: 0 },
    apiId: definition.restApi.id,
    stageName,
    deploymentHash: '',
    isCanary: null,
    stageVariables,
    methodSettings: { '*/*': { loggingLevel: 'INFO', dataTraceEnabled: true } },
    accessLog: null,
    webAclArn: null,
    authorizerFlushes: 0,
    clientCertificate,
  };
  const snapshot = { format: 1, deployment: { id: '', createdDate: '' }, definition } as const;
  const recorder: Recorder = { route: () => ({ finished: () => {}, executionLog: () => log }) };
  // Books are closed when the whole answer is here: until then it may still become another one.
  const testTools: PlanTools = { ...tools, recorder, finish: () => {} };
  return compileForTest(source, snapshot, resource, method, [beginOf(invocation, log)], testTools);
}

/** The first lines of the log, and the request's body. */
function beginOf(invocation: TestInvocation, log: TestLog): Phase {
  const { headers, body } = invocation;
  return (exchange) => {
    const { route, pathValues } = exchange;
    const path = new Map(pathValues.map((value, i) => [route.pathParameterNames[i]!, value]));
    log.info(`Starting execution for request: ${exchange.requestId}`);
    log.info(`HTTP Method: ${exchange.method}, Resource Path: ${exchange.resourcePath()}`);
    log.info(`Method request path: ${mapText(path)}`);
    log.info(`Method request query string: ${queryText(exchange.query())}`);
    log.info(`Method request headers: ${headersText(headers.flat())}`);
    log.info(`Method request body before transformations: ${body}`);
    if (body !== '') exchange.requestBody = Buffer.from(body);
    return undefined;
  };
}

/** Splits path and query; what a request line cannot hold is percent-encoded. */
function targetOf(text: string): { path: string; query: string } {
  const ascii = text.replace(/[^\x21-\x7e]/gu, (character) =>
    Array.from(Buffer.from(character), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(
      '',
    ),
  );
  const whole = ascii.startsWith('/') ? ascii : `/${ascii}`;
  const mark = whole.indexOf('?');
  return mark < 0 ? { path: whole, query: '' } : { path: whole.slice(0, mark), query: whole.slice(mark + 1) };
}

/** A path that does not match leaves the path's variables without values, and runs all the same. */
function pathValuesOf(template: string, path: string): readonly string[] {
  const router = new PathRouter<null>();
  router.add(template, 'GET', null);
  return router.match('GET', path)?.pathValues ?? [];
}

/** As a listener would hand them over. */
function fieldsOf({ headers }: TestInvocation): string[] {
  return headers.flatMap(([name, value]) => {
    if (!isToken(name) || !isFieldValue(value)) throw new Error(`the header "${name}" cannot be sent`);
    return [name.toLowerCase(), value];
  });
}

/** Written by the front door of a real request, which a test does not pass. */
const frontFields: ReadonlySet<string> = new Set(['x-amzn-requestid', 'x-amz-apigw-id']);
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

function resultOf(answer: MemoryAnswer, exchange: Exchange, log: TestLog): TestInvoked {
  const headers: [string, string][] = [];
  for (let i = 0; i < answer.headers.length; i += 2) {
    const name = answer.headers[i]!;
    if (!frontFields.has(name.toLowerCase()))
      headers.push([name, Buffer.from(answer.headers[i + 1]!, 'latin1').toString()]);
  }
  return {
    status: answer.status,
    headers,
    body: utf8.decode(answer.body),
    log: log.text(exchange.requestId),
    latencyMs: Math.max(0, Math.round((exchange.endedNs - exchange.startedNs) / 1e6)),
  };
}
