// The management endpoint: AWS's REST-JSON protocol over HTTP/1.1. It finds the operation, asks who calls, reads the
// members, has the control plane do it, tells the audit log and answers.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newExtendedRequestId, newRequestId } from '../../base/ids.ts';
import type { Caller } from '../api/handler.ts';
import type { ControlPlane } from '../control-plane.ts';
import type { OnCall } from './call-record.ts';
import { decoders } from './decode.ts';
import { AccessDenied, AwsException, missingAuthenticationToken } from './exceptions.ts';
import { type Operation, operations } from './operations.ts';
import { parseQuery } from './query-string.ts';
import { type BodyBudget, ClientGone, hasBody, noBody, readBody } from './read-body.ts';
import { refuseMalformed } from './refuse-malformed.ts';
import { resourceArn } from './resource-arn.ts';
import { type Route, routeOf } from './route.ts';
import type { Authenticate, SignedRequest } from './signed-request.ts';
import { type Answer, answerOf, internalFailure, refusalOf, writeAnswer } from './write-answer.ts';

export interface ManagementServerOptions {
  readonly controlPlane: ControlPlane;
  /** Address to listen on. */
  readonly host: string;
  /** 0 = any that is free. */
  readonly port: number;
  readonly authenticate: Authenticate;
  readonly onCall: OnCall;
  /** Told of bugs: one text, several lines. */
  readonly log: (text: string) => void;
  readonly limits?: Partial<ManagementLimits>;
}

/** What a client may take; see `limitsDefault`. */
export interface ManagementLimits {
  readonly bodyBytesMax: number;
  /** Of all requests together. */
  readonly bodyBytesInFlightMax: number;
  readonly connectionsMax: number;
  readonly headBytesMax: number;
  readonly headTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  /** How long a connection may lie still while a request is done or its answer is read. */
  readonly stillTimeoutMs: number;
  /** How long `close` waits for what is under way. */
  readonly drainTimeoutMs: number;
}

export const limitsDefault: ManagementLimits = {
  // The service's own limit for documents is 6 MB; larger ones are refused in its words.
  bodyBytesMax: 10 * 1024 * 1024,
  bodyBytesInFlightMax: 256 * 1024 * 1024,
  connectionsMax: 4096,
  // Session tokens of several kilobytes, beside a presigned query.
  headBytesMax: 32 * 1024,
  headTimeoutMs: 20_000,
  requestTimeoutMs: 60_000,
  // Longer than clients keep idle connections: who closes first loses the race against the next request.
  keepAliveTimeoutMs: 65_000,
  // The longest act is an SDK whose generator must be fetched first.
  stillTimeoutMs: 600_000,
  drainTimeoutMs: 10_000,
};

export interface ManagementServer {
  /** Begins to listen. @returns the port @throws (rejects) when the address is taken */
  listen(): Promise<number>;
  /** Takes no more connections, and resolves when the requests under way are answered, or their time is over. */
  close(): Promise<void>;
}

/** @returns a server that does not listen yet */
export function createManagementServer(options: ManagementServerOptions): ManagementServer {
  const limits = { ...limitsDefault, ...options.limits };
  const endpoint: Endpoint = {
    ...options,
    limits,
    budget: { bytesMax: limits.bodyBytesInFlightMax, bytesUsed: 0 },
    isClosing: false,
  };
  const server = createServer({
    maxHeaderSize: limits.headBytesMax,
    headersTimeout: limits.headTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: Math.min(5_000, limits.headTimeoutMs),
  });
  server.maxConnections = limits.connectionsMax;
  server.timeout = limits.stillTimeoutMs;
  server.on('request', (request, response) => void serve(endpoint, request, response));
  server.on('checkContinue', (request, response) => void serve(endpoint, request, response));
  server.on('clientError', refuseMalformed);
  return {
    listen: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(options.port, options.host, () => {
          server.off('error', reject);
          resolve((server.address() as AddressInfo).port);
        });
      }),
    close: () =>
      new Promise((resolve) => {
        endpoint.isClosing = true;
        const timer = setTimeout(() => server.closeAllConnections(), limits.drainTimeoutMs);
        server.close(() => {
          clearTimeout(timer);
          resolve();
        });
      }),
  };
}

interface Endpoint extends ManagementServerOptions {
  readonly limits: ManagementLimits;
  readonly budget: BodyBudget;
  isClosing: boolean;
}

/** What is known of a call so far. */
interface Call {
  readonly requestId: string;
  readonly extendedRequestId: string;
  readonly startedAtMs: number;
  readonly startMs: number;
  route: Route | null;
  resourceArn: string;
  caller: Caller | null;
  input: Readonly<Record<string, unknown>> | null;
  value: unknown;
  error: AwsException | null;
}

async function serve(endpoint: Endpoint, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const call: Call = {
    requestId: newRequestId(),
    extendedRequestId: newExtendedRequestId(),
    startedAtMs: Date.now(),
    startMs: performance.now(),
    route: null,
    resourceArn: '',
    caller: null,
    input: null,
    value: undefined,
    error: null,
  };
  let answer: Answer;
  try {
    call.value = await run(endpoint, call, request, response);
    answer = answerOf(operations[call.route!.name].status, call.value);
  } catch (error) {
    if (error instanceof ClientGone) return;
    call.error = asException(endpoint, call, error);
    answer = refusalOf(call.error);
  }
  record(endpoint, call, request, answer.status);
  writeAnswer(request, response, call, answer, endpoint.isClosing);
}

/** @returns what the handler gave back @throws AwsException, ClientGone; anything else is a bug */
async function run(
  endpoint: Endpoint,
  call: Call,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<unknown> {
  const { path, query: rawQuery } = splitTarget(request.url!);
  const query = parseQuery(rawQuery);
  const isImport = query.some(({ name, value }) => name === 'mode' && value === 'import');
  const route = routeOf(request.method!, path, isImport);
  if (route === null) throw missingAuthenticationToken();
  call.route = route;
  const { account } = endpoint.controlPlane.services;
  call.resourceArn = resourceArn(route, query, account);
  const body = hasBody(request) ? await readWanted(endpoint, request, response) : noBody;
  try {
    const signed: SignedRequest = {
      method: request.method as Operation['method'],
      rawPath: path,
      rawQuery,
      headers: request.headers,
      rawHeaders: request.rawHeaders,
      body: body.bytes,
      sourceIp: sourceIpOf(request),
      operation: route.name,
      resourceArn: call.resourceArn,
    };
    const caller = endpoint.authenticate(signed);
    call.caller = caller instanceof Promise ? await caller : caller;
    const parts = { labels: route.labels, query, headers: request.headers, body: body.bytes };
    const input = decoders[route.name](parts);
    call.input = input;
    return await endpoint.controlPlane.call(route.name, input as never, call.caller);
  } finally {
    body.release();
  }
}

/** A client that waits for leave to send its body gets it when the head is one we would answer. */
function readWanted(endpoint: Endpoint, request: IncomingMessage, response: ServerResponse) {
  const body = readBody(request, endpoint.limits.bodyBytesMax, endpoint.budget);
  const isWaiting = request.headers.expect?.toLowerCase() === '100-continue';
  if (isWaiting && Number(request.headers['content-length'] ?? 0) <= endpoint.limits.bodyBytesMax)
    response.writeContinue();
  return body;
}

/** Also `http://host/path`, as clients send it to proxies. */
function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const start = target.startsWith('/') ? 0 : Math.max(0, target.indexOf('/', target.indexOf('://') + 3));
  const question = target.indexOf('?', start);
  return question < 0
    ? { path: target.slice(start), query: '' }
    : { path: target.slice(start, question), query: target.slice(question + 1) };
}

function sourceIpOf({ socket }: IncomingMessage): string {
  const address = socket.remoteAddress ?? '';
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}

function asException({ log }: Endpoint, { requestId, route }: Call, error: unknown): AwsException {
  if (error instanceof AwsException) return error;
  const told = error instanceof Error ? (error.stack ?? error.message) : String(error);
  log(`Cannot do ${route?.name ?? 'a request without an operation'} (request ${requestId}): ${told}`);
  return internalFailure;
}

function record({ onCall, log }: Endpoint, call: Call, request: IncomingMessage, status: number): void {
  const { requestId, route, resourceArn, caller, input, error, startedAtMs, startMs } = call;
  if (route === null) return;
  try {
    onCall({
      requestId,
      operation: route.name,
      resourceArn,
      caller: caller ?? (error instanceof AccessDenied ? error.caller : null),
      sourceIp: sourceIpOf(request),
      userAgent: request.headers['user-agent'] ?? '',
      host: request.headers.host ?? '',
      input,
      status,
      answer: error === null ? call.value : undefined,
      error: error === null ? null : { type: error.name, message: error.message },
      startedAtMs,
      durationMs: performance.now() - startMs,
    });
  } catch (reason) {
    log(
      `Cannot record ${route.name} (request ${requestId}): ${reason instanceof Error ? reason.stack : reason}`,
    );
  }
}
