// One request, from its head to its answer: finds the operation, asks who calls, reads the members, has the control
// plane do it, tells the audit log and answers.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { newExtendedRequestId, newRequestId } from '../../base/ids.ts';
import type { Caller } from '../api/handler.ts';
import type { ControlPlane } from '../control-plane.ts';
import type { OnCall } from './call-record.ts';
import { decoders } from './decode.ts';
import { AccessDenied, AwsException, missingAuthenticationToken } from './exceptions.ts';
import { type Operation, operations } from './operations.ts';
import { parseQuery } from './query-string.ts';
import { type BodyBudget, ClientGone, hasBody, noBody, readBody } from './read-body.ts';
import { resourceArn } from './resource-arn.ts';
import { type Route, routeOf } from './route.ts';
import type { Authenticate, SignedRequest } from './signed-request.ts';
import { type Answer, answerOf, internalFailure, refusalOf, writeAnswer } from './write-answer.ts';

/** What all requests share. */
export interface Endpoint {
  readonly controlPlane: ControlPlane;
  readonly authenticate: Authenticate;
  readonly onCall: OnCall;
  readonly log: (text: string) => void;
  readonly bodyBytesMax: number;
  readonly budget: BodyBudget;
  /** Answers then end their connections. */
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

/** @throws (rejects) when the answer cannot be written; nobody is answered then */
export async function serve(
  endpoint: Endpoint,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
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
  const body = readBody(request, endpoint.bodyBytesMax, endpoint.budget);
  const isWaiting = request.headers.expect?.toLowerCase() === '100-continue';
  if (isWaiting && Number(request.headers['content-length'] ?? 0) <= endpoint.bodyBytesMax)
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
  log(
    `Cannot do ${route?.name ?? 'a request without an operation'} (request ${requestId}): ${textOf(error)}`,
  );
  return internalFailure;
}

/** For the log alone. */
export const textOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);

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
