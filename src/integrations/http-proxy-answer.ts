// The backend's answer on its way to the client of an HTTP_PROXY integration: one write when it is small and
// whole, streamed with backpressure when it is not.

import { TextDecoder } from 'node:util';
import { createHeaderBlock, headerBlock, joinBlocks } from '../base/header-field.ts';
import { firstAccepted, mediaTypeOf, neverBinary } from '../base/media-type.ts';
import type { BodyCompressor, CompressedSink, Compression } from '../exchange/compression.ts';
import { asText, badBase64, convertResponseBody, isTextSoFar } from '../exchange/content.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { type Failure, failures } from '../exchange/gateway-response.ts';
import type { Tools } from '../exchange/tools.ts';
import type {
  UpstreamCall,
  UpstreamFailure,
  UpstreamHandler,
  UpstreamRequest,
  UpstreamTarget,
} from '../exchange/upstream.ts';
import { responseBodyBytesMax } from '../resources/index.ts';
import { responseFieldName } from './http-proxy-fields.ts';
import { ProxyTrace } from './http-proxy-trace.ts';
import { logReceived } from './log-received.ts';
import { StreamDeadlines } from './stream-deadlines.ts';
import { outcomeOf } from './upstream-failure.ts';

/**
 * How the body goes on. AWS reads a body of a text type as UTF-8, so that other bytes become U+FFFD; whether
 * there are any is decided on the first chunk, since text that begins well may then be streamed as it is.
 */
type Mode =
  | 'bytes' // as it comes
  | 'text' // as it comes if the first chunk is UTF-8, else decoded
  | 'convert'; // gathered, then converted by the tables of contentHandling

/** Above it the listener would keep the bytes, which belong to the upstream client, beyond the call. */
const wholeBytesMax = 65_536;

/** The backend's fields under the names that the client gets. */
const clientBlock = createHeaderBlock(responseFieldName);
const jsonTypeBlock = headerBlock(['Content-Type', 'application/json']);

function clientFields(headers: readonly string[]): string[] {
  const fields: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = responseFieldName(headers[i]!);
    if (name !== null) fields.push(name, headers[i + 1]!);
  }
  return fields;
}

export class ProxyAnswer implements UpstreamHandler, CompressedSink {
  readonly #exchange: Exchange;
  readonly #tools: Tools;
  readonly #isStreamed: boolean;
  #call: UpstreamCall | null;
  #mode: Mode;
  #lengthBytes: number | null;
  #hasBegun: boolean;
  #isOver: boolean;
  #decoder: TextDecoder | null;
  #chunks: Buffer[] | null;
  #payloadIsBinary: boolean;
  /** null unless this answer may be compressed. */
  #compression: Compression | null;
  #compressor: BodyCompressor | null;
  /** null without a data trace. */
  #trace: ProxyTrace | null;
  /** Of a compressed body: what came in, which the limit is about. */
  #plainBytes: number;
  /** null unless this answer is streamed: the upstream's own time-out ends with a stream's head. */
  #deadlines: StreamDeadlines | null;

  /** @param isStreamed - responseTransferMode STREAM: no 10 MB limit, nothing held back */
  constructor(exchange: Exchange, tools: Tools, isStreamed: boolean) {
    this.#exchange = exchange;
    this.#tools = tools;
    this.#isStreamed = isStreamed;
    this.#call = null;
    this.#mode = 'bytes';
    this.#lengthBytes = null;
    this.#hasBegun = false;
    this.#isOver = false;
    this.#decoder = null;
    this.#chunks = null;
    this.#payloadIsBinary = false;
    this.#compression = null;
    this.#compressor = null;
    this.#trace = null;
    this.#plainBytes = 0;
    this.#deadlines = null;
  }

  send(target: UpstreamTarget, request: UpstreamRequest): void {
    const exchange = this.#exchange;
    exchange.isStreamed = this.#isStreamed;
    // Without a body nothing was waited for, so the time of arrival will do: a look at the clock costs 100 ns.
    exchange.integrationStartedNs =
      exchange.downstream.body === null ? exchange.startedNs : this.#tools.clock.monotonicNs();
    this.#call = target.send(request, this);
    if (this.#isStreamed)
      this.#deadlines = new StreamDeadlines(request.timeoutMs, (detail) => this.#expired(detail));
    if (!this.#isOver) this.#exchange.downstream.onAbort(() => this.#abandon());
  }

  onHead(status: number, headers: readonly string[], lengthBytes: number | null): void {
    const exchange = this.#exchange;
    exchange.integrationEndedNs = this.#tools.clock.monotonicNs();
    exchange.integrationStatus = status;
    exchange.responseStatus = status;
    if (this.#deadlines !== null) {
      exchange.integrationHeadNs = exchange.integrationEndedNs;
      this.#deadlines.begun(exchange);
    }
    this.#lengthBytes = lengthBytes;
    if (exchange.log !== null) this.#logHead(status, headers);
    if (lengthBytes !== null && lengthBytes > responseBodyBytesMax && !this.#isStreamed) {
      this.#refuse(`the integration's answer is above ${responseBodyBytesMax} bytes`);
      return;
    }
    this.#takeHead(headers);
    if (exchange.isHead) this.#answerHead(headers, lengthBytes);
  }

  /** No body follows a HEAD, but its length is told as the backend told it, if it did. */
  #answerHead(headers: readonly string[], lengthBytes: number | null): void {
    this.#close();
    // The backend was asked with another verb: nobody wants what it is going to send.
    if (lengthBytes !== 0) this.#call?.abort();
    const i = headers.findIndex((name, at) => at % 2 === 0 && name.toLowerCase() === 'content-length');
    this.#trace?.write();
    this.#exchange.log?.info('Successfully completed execution');
    this.#tools.finish(this.#exchange);
    this.#tools.begin(this.#exchange, i < 0 ? null : Number(headers[i + 1]));
    this.#exchange.downstream.end();
  }

  #takeHead(headers: readonly string[]): void {
    let contentType: string | null = null;
    let isEncoded = false;
    for (let i = 0; i < headers.length; i += 2) {
      const name = headers[i]!;
      if (name.length === 12 && name.toLowerCase() === 'content-type') contentType = headers[i + 1]!;
      else if (name.length === 16 && name.toLowerCase() === 'content-encoding') isEncoded = true;
    }
    const block = clientBlock(headers);
    this.#exchange.responseHeaders = contentType === null ? joinBlocks(block, jsonTypeBlock) : block;
    // What is compressed is neither text nor base64, whatever its type says.
    this.#mode = isEncoded ? 'bytes' : this.#modeFor(contentType ?? 'application/json');
    if (this.#exchange.log?.dataTrace === true)
      this.#trace = new ProxyTrace(this.#exchange.log, clientFields(headers));
    const { compression } = this.#exchange.route;
    // Not for STREAM: the gateway adds no content coding to it (reference, section 15).
    if (compression !== null && !this.#isStreamed && compression.appliesTo(this.#exchange))
      this.#compression = compression;
  }

  #modeFor(contentType: string): Mode {
    const { route } = this.#exchange;
    if (route.isBinary === neverBinary) return 'text';
    this.#payloadIsBinary = route.isBinary(mediaTypeOf(contentType));
    const wantsBinary = route.isBinary(firstAccepted(this.#exchange.header('accept')));
    if (this.#payloadIsBinary === wantsBinary) return wantsBinary ? 'bytes' : 'text';
    // A conversion needs the whole body, for which a stream cannot wait.
    return this.#isStreamed ? 'bytes' : 'convert';
  }

  onData(chunk: Uint8Array): boolean {
    if (this.#isOver) return false;
    if (this.#isStreamed) this.#streamedOn();
    this.#trace?.received(chunk);
    if (this.#mode === 'convert') return this.#gather(chunk);
    if (this.#hasBegun) return this.#write(chunk);
    if (chunk.byteLength === this.#lengthBytes && chunk.byteLength <= wholeBytesMax) {
      this.#answerWhole(chunk);
      return true;
    }
    return this.#compression === null || this.#lengthBytes !== null
      ? this.#begin(chunk)
      : this.#hold(chunk, this.#compression.heldBytesMax);
  }

  /** A piece of a streamed answer has come. */
  #streamedOn(): void {
    this.#deadlines?.moved();
    if (this.#exchange.integrationContentNs === 0)
      this.#exchange.integrationContentNs = this.#tools.clock.monotonicNs();
  }

  /** Whether a body reaches the minimum is seen at its end, or when enough of it is here. */
  #hold(chunk: Uint8Array, heldBytesMax: number): boolean {
    const flows = this.#gather(chunk);
    if (this.#isOver || this.#exchange.responseBytes < heldBytesMax) return flows;
    const held = Buffer.concat(this.#chunks!);
    this.#chunks = null;
    this.#exchange.responseBytes = 0;
    return this.#begin(held);
  }

  /** The common case: head and body came together. */
  #answerWhole(chunk: Uint8Array): void {
    // A request with a body may have its answer sent in a later turn, when the chunk's memory is used again; so may
    // one that a thread compresses.
    const mayWait = this.#exchange.downstream.body !== null || this.#compression !== null;
    const kept = mayWait ? Buffer.from(chunk) : chunk;
    this.#answer(this.#mode === 'text' ? asText(kept) : kept);
  }

  #answer(body: string | Uint8Array | null): void {
    this.#close();
    this.#exchange.responseBody = body;
    this.#trace?.sent(body);
    this.#trace?.write();
    const pending = this.#compression?.compress(this.#exchange);
    // A body that was not gathered came in the same turn as the head, and is on its way unless a thread has it.
    if (pending !== undefined) void pending.then(() => this.#settle());
    else this.#settle(this.#chunks === null ? this.#exchange.integrationEndedNs : undefined);
  }

  #settle(nowNs?: number): void {
    this.#tools.settle(this.#exchange, undefined, nowNs);
    this.#exchange.responseBody = null;
  }

  #begin(chunk: Uint8Array): boolean {
    const exchange = this.#exchange;
    this.#compressor = this.#compression?.open(exchange, this.#lengthBytes, this) ?? null;
    if (this.#mode === 'text' && !isTextSoFar(chunk)) {
      this.#decoder = new TextDecoder('utf-8', { ignoreBOM: true });
      this.#lengthBytes = null;
    }
    this.#hasBegun = true;
    this.#tools.begin(exchange, this.#compressor === null ? this.#lengthBytes : null);
    exchange.downstream.onDrain(() => {
      this.#deadlines?.moved();
      if (this.#compressor === null) this.#call?.resume();
      else this.#compressor.resume();
    });
    return this.#write(chunk);
  }

  #write(chunk: Uint8Array): boolean {
    const exchange = this.#exchange;
    const bytes = this.#decoder === null ? chunk : Buffer.from(this.#decoder.decode(chunk, { stream: true }));
    this.#trace?.sent(bytes);
    if (this.#compressor !== null) return this.#compress(this.#compressor, bytes);
    exchange.responseBytes += bytes.byteLength;
    if (exchange.responseBytes > responseBodyBytesMax && !this.#isStreamed) {
      this.#refuse(`the integration's answer is above ${responseBodyBytesMax} bytes`);
      return false;
    }
    return bytes.byteLength === 0 || exchange.downstream.write(bytes);
  }

  #compress(compressor: BodyCompressor, bytes: Uint8Array): boolean {
    this.#plainBytes += bytes.byteLength;
    if (this.#plainBytes > responseBodyBytesMax) {
      this.#refuse(`the integration's answer is above ${responseBodyBytesMax} bytes`);
      return false;
    }
    return bytes.byteLength === 0 || compressor.write(bytes);
  }

  onCompressed(chunk: Uint8Array): boolean {
    if (this.#isOver) return false;
    this.#exchange.responseBytes += chunk.byteLength;
    return this.#exchange.downstream.write(chunk);
  }

  onRoom(): void {
    this.#call?.resume();
  }

  onCompressedEnd(): void {
    if (this.#isOver) return;
    this.#close();
    this.#trace?.write();
    this.#exchange.log?.info('Successfully completed execution');
    this.#tools.finish(this.#exchange);
    this.#exchange.downstream.end();
  }

  onCompressorError(error: Error): void {
    if (!this.#isOver) this.#refuse(`the answer cannot be compressed: ${error.message}`);
  }

  #gather(chunk: Uint8Array): boolean {
    this.#chunks ??= [];
    this.#chunks.push(Buffer.from(chunk));
    this.#exchange.responseBytes += chunk.byteLength;
    if (this.#exchange.responseBytes <= responseBodyBytesMax) return true;
    this.#refuse(`the integration's answer is above ${responseBodyBytesMax} bytes`);
    return false;
  }

  onEnd(): void {
    if (this.#isOver) return;
    if (this.#compressor !== null) {
      const rest = this.#decoder?.decode() ?? '';
      if (rest !== '') this.#compressor.write(Buffer.from(rest));
      this.#compressor.end();
      return;
    }
    if (this.#hasBegun) {
      this.#close();
      const rest = this.#decoder?.decode() ?? '';
      if (rest !== '') this.#exchange.downstream.write(Buffer.from(rest));
      this.#trace?.write();
      this.#exchange.log?.info('Successfully completed execution');
      this.#tools.finish(this.#exchange);
      this.#exchange.downstream.end();
      return;
    }
    if (this.#chunks === null) {
      this.#answer(null);
      return;
    }
    if (this.#mode !== 'convert') {
      const held = Buffer.concat(this.#chunks);
      this.#answer(this.#mode === 'text' ? asText(held) : held);
      return;
    }
    const body = convertResponseBody(
      Buffer.concat(this.#chunks),
      this.#payloadIsBinary,
      !this.#payloadIsBinary,
      undefined,
    );
    if (body === badBase64) this.#refuse('the integration answer is not base64');
    else this.#answer(body);
  }

  onError(failure: UpstreamFailure): void {
    if (this.#isOver) return;
    const outcome = outcomeOf(this.#exchange, failure);
    this.#exchange.integrationEndedNs = this.#tools.clock.monotonicNs();
    this.#end(outcome === 'answered' || outcome === undefined ? null : outcome);
  }

  /** What the backend sent cannot go on. */
  #refuse(reason: string): void {
    this.#call?.abort();
    this.#exchange.log?.error(`Execution failed due to configuration error: ${reason}`);
    this.#end(failures.responseTooLarge);
  }

  /** Before the head went out: a gateway response. After: the connection is cut, so that the client sees it. */
  #end(failure: Failure | null): void {
    this.#close();
    this.#compressor?.close();
    if (failure !== null && !this.#hasBegun) {
      this.#tools.settle(this.#exchange, failure);
      return;
    }
    this.#tools.finish(this.#exchange);
    this.#exchange.downstream.destroy();
  }

  #abandon(): void {
    if (this.#isOver) return;
    this.#close();
    this.#call?.abort();
    this.#compressor?.close();
    this.#tools.finish(this.#exchange);
  }

  onNote(line: string): void {
    this.#exchange.log?.info(line);
  }

  /** A streamed answer has run out of time. @param detail - for the log: of which */
  #expired(detail: string): void {
    if (this.#isOver) return;
    this.#call?.abort();
    this.onError({ kind: 'timeout', source: 'upstream', detail, retrySafe: false });
  }

  #close(): void {
    this.#isOver = true;
    this.#deadlines?.close();
  }

  #logHead(status: number, headers: readonly string[]): void {
    const exchange = this.#exchange;
    logReceived(exchange, status);
    if (exchange.log!.dataTrace) exchange.log!.fields('Endpoint response headers', headers);
  }
}
