// A function's answer that comes piece by piece, on its way to the client: status and fields from its metadata, then
// each piece as it comes, as fast as the client reads. Where the method buffers answers, it is gathered first.

import { isFieldValue, utf8AsLatin1 } from '../base/header-field.ts';
import { textOf } from '../exchange/content.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { Failure } from '../exchange/gateway-response.ts';
import type { Tools } from '../exchange/tools.ts';
import type {
  Invocation,
  InvocationCall,
  InvocationHandler,
  InvocationResult,
} from '../functions/functions.ts';
import { responseBodyBytesMax } from '../resources/index.ts';
import {
  answerBlock,
  type FunctionHead,
  malformed,
  objectOf,
  readHead,
  sentName,
} from './aws-proxy-answer.ts';
import { metadataType, readBeginning } from './aws-proxy-metadata.ts';
import { ProxyTrace } from './http-proxy-trace.ts';
import { ended } from './lambda-call.ts';
import { functionFailed, notInvoked, timedOut } from './lambda-failure.ts';
import { logInvocation } from './lambda-log.ts';
import type { LambdaTarget } from './lambda-target.ts';
import { logReceived } from './log-received.ts';
import { StreamDeadlines } from './stream-deadlines.ts';

const noBytes = Buffer.alloc(0);

export class StreamedAnswer implements InvocationHandler {
  readonly #exchange: Exchange;
  readonly #tools: Tools;
  readonly #target: LambdaTarget;
  /** Each piece goes on at once; else the answer is gathered. */
  readonly #isStreamed: boolean;
  #call: InvocationCall | null = null;
  #deadlines: StreamDeadlines | null = null;
  #contentType = '';
  /** What came before the head was known. */
  #beginning: Buffer = noBytes;
  #hasHead = false;
  #isOver = false;
  readonly #chunks: Buffer[] = [];
  #trace: ProxyTrace | null = null;

  /** @param isStreamed - responseTransferMode STREAM */
  constructor(exchange: Exchange, tools: Tools, target: LambdaTarget, isStreamed: boolean) {
    this.#exchange = exchange;
    this.#tools = tools;
    this.#target = target;
    this.#isStreamed = isStreamed;
  }

  /** @param timeoutMs - for the whole answer */
  start(invocation: Invocation, timeoutMs: number): void {
    const exchange = this.#exchange;
    logInvocation(exchange, this.#target, invocation);
    exchange.isStreamed = this.#isStreamed;
    exchange.integrationStartedNs = this.#tools.clock.monotonicNs();
    this.#deadlines = new StreamDeadlines(timeoutMs, () => this.#expired());
    this.#call = this.#tools.functions.invoke(invocation, this);
    exchange.downstream.onAbort(() => this.#abandon());
  }

  onHead(contentType: string): void {
    this.#contentType = contentType;
    if (this.#isStreamed) this.#deadlines?.begun(this.#exchange);
  }

  onData(chunk: Uint8Array): boolean {
    if (this.#isOver) return false;
    this.#deadlines?.moved();
    if (this.#hasHead) return this.#body(chunk);
    this.#beginning = Buffer.concat([this.#beginning, chunk]);
    return this.#begin(false);
  }

  onEnd(result: InvocationResult): void {
    if (this.#isOver) return;
    const exchange = this.#exchange;
    if (!this.#isFlowing) ended(exchange, this.#tools, result, 200);
    else if (result.outcome !== 'lost') exchange.integrationRequestId = result.requestId;
    if (result.outcome !== 'done') {
      this.#end(notInvoked(exchange, this.#target, result));
    } else if (result.functionError !== null) {
      this.#end(functionFailed(exchange, result));
    } else {
      if (!this.#hasHead) this.#begin(true);
      if (!this.#isOver) this.#complete();
    }
  }

  /** The total time, or the silence, is over. The function runs on. */
  #expired(): void {
    if (this.#isOver) return;
    this.#call?.abort();
    if (!this.#isFlowing) this.#exchange.integrationEndedNs = this.#tools.clock.monotonicNs();
    this.#end(timedOut(this.#exchange));
  }

  /** Reads the head, as soon as it is there. @param isLast - nothing more comes */
  #begin(isLast: boolean): boolean {
    const bytes = this.#beginning;
    const isExpected = this.#contentType.startsWith(metadataType);
    const beginning = readBeginning(bytes, isExpected);
    if (beginning.kind === 'more' && !isLast) return true;
    const metadata = beginning.kind === 'metadata' ? objectOf(textOf(beginning.json)) : null;
    if (metadata === null && isExpected) return this.#refuse('it does not begin with its metadata');
    const head = metadata === null ? bareHead(this.#contentType) : headOf(metadata);
    if (typeof head === 'string') return this.#refuse(head);
    this.#beginning = noBytes;
    this.#takeHead(head);
    const body = metadata === null || beginning.kind !== 'metadata' ? bytes : beginning.body;
    return body.length === 0 || this.#body(body);
  }

  #takeHead({ status, fields }: FunctionHead): void {
    const exchange = this.#exchange;
    this.#hasHead = true;
    exchange.functionStatus = status;
    exchange.responseStatus = status;
    exchange.responseHeaders = answerBlock(fields);
    if (exchange.log?.dataTrace === true) this.#trace = new ProxyTrace(exchange.log, clientFields(fields));
    if (!this.#isStreamed) return;
    // As of every answer that is passed on: the integration has answered when its head is there.
    exchange.integrationHeadNs = this.#tools.clock.monotonicNs();
    exchange.integrationEndedNs = exchange.integrationHeadNs;
    exchange.integrationStatus = 200;
    logReceived(exchange, 200);
    this.#tools.begin(exchange, null);
    exchange.downstream.onDrain(() => {
      this.#deadlines?.moved();
      this.#call?.resume();
    });
  }

  #body(bytes: Uint8Array): boolean {
    const exchange = this.#exchange;
    this.#trace?.received(bytes);
    this.#trace?.sent(bytes);
    exchange.responseBytes += bytes.byteLength;
    if (this.#isStreamed) {
      if (exchange.integrationContentNs === 0)
        exchange.integrationContentNs = this.#tools.clock.monotonicNs();
      return exchange.downstream.write(bytes);
    }
    if (exchange.responseBytes > responseBodyBytesMax)
      return this.#refuse(`its body is above ${responseBodyBytesMax} bytes`);
    this.#chunks.push(Buffer.from(bytes));
    return true;
  }

  #complete(): void {
    const exchange = this.#exchange;
    this.#close();
    this.#trace?.write();
    if (this.#isStreamed) {
      exchange.log?.info('Successfully completed execution');
      this.#tools.finish(exchange);
      exchange.downstream.end();
      return;
    }
    exchange.responseBody = this.#chunks.length === 0 ? null : Buffer.concat(this.#chunks);
    const pending =
      exchange.route.compression?.appliesTo(exchange) === true
        ? exchange.route.compression.compress(exchange)
        : undefined;
    if (pending === undefined) this.#tools.settle(exchange, undefined);
    else void pending.then(() => this.#tools.settle(exchange, undefined));
  }

  /** What the function streams is no answer. */
  #refuse(how: string): false {
    this.#call?.abort();
    this.#exchange.integrationEndedNs = this.#tools.clock.monotonicNs();
    this.#end(malformed(this.#exchange, how));
    return false;
  }

  /** The head is on its way to the client: nothing but its end can be told any more. */
  get #isFlowing(): boolean {
    return this.#isStreamed && this.#hasHead;
  }

  /** Before the head went out: a gateway response. After: the connection is cut, so that the client sees it. */
  #end(failure: Failure): void {
    const exchange = this.#exchange;
    this.#close();
    if (this.#isFlowing) {
      this.#tools.finish(exchange);
      exchange.downstream.destroy();
      return;
    }
    exchange.responseBytes = 0;
    this.#tools.settle(exchange, failure);
  }

  #abandon(): void {
    if (this.#isOver) return;
    this.#close();
    this.#call?.abort();
    this.#tools.finish(this.#exchange);
  }

  #close(): void {
    this.#isOver = true;
    this.#deadlines?.close();
  }
}

/** Without metadata the answer is what the function wrote, of the type that its runtime told. */
function bareHead(contentType: string): FunctionHead {
  const isTold = contentType !== '' && isFieldValue(contentType);
  return { status: 200, fields: ['Content-Type', isTold ? contentType : 'application/octet-stream'] };
}

/** Metadata may hold cookies, each a Set-Cookie of its own. A text says what is wrong. */
function headOf(metadata: Readonly<Record<string, unknown>>): FunctionHead | string {
  const head = readHead(metadata);
  const { cookies } = metadata;
  if (typeof head === 'string' || cookies === undefined || cookies === null) return head;
  if (!Array.isArray(cookies)) return 'its cookies are no list';
  const fields = [...head.fields];
  for (const cookie of cookies) {
    if (typeof cookie !== 'string' || !isFieldValue(cookie)) return 'a cookie cannot be sent';
    fields.push('Set-Cookie', utf8AsLatin1(cookie));
  }
  return { status: head.status, fields };
}

function clientFields(fields: readonly string[]): string[] {
  return fields.flatMap((name, i) => {
    const sent = i % 2 === 0 ? sentName(name) : null;
    return sent === null ? [] : [sent, fields[i + 1]!];
  });
}
