// One request, from its head to its answer: finds the operation, asks who calls, reads the members, has the control
// plane do it, tells the audit log and answers.

import { valueIn } from '../../base/flat-list.ts';
import { newExtendedRequestId, newRequestId } from '../../base/ids.ts';
import type { Caller } from '../api/handler.ts';
import type { ControlPlane } from '../control-plane.ts';
import type { HttpRequest } from '../http/http-request.ts';
import type { OnCall } from './call-record.ts';
import type { RequestParts } from './decode.ts';
import { AccessDenied, AwsException, missingAuthenticationToken } from './exceptions.ts';
import type { Operation } from './operation.ts';
import { actionOf } from './query/action.ts';
import { formText, isForm, readForm } from './query/form.ts';
import { queryAnswerOf, queryRefusalOf } from './query/query-answer.ts';
import { parseQuery, type QueryParameter } from './query-string.ts';
import { type Body, type BodyBudget, ClientGone, noBody, readBody } from './read-body.ts';
import { readJsonObject } from './read-json.ts';
import { type Route, routeOf, targetRouteOf } from './route.ts';
import type { Named } from './service.ts';
import { callNamed, type KnownCall } from './services.ts';
import type { Authenticate, SignedRequest } from './signed-request.ts';
import type { Turn } from './turn.ts';
import { type Answer, answerOf, internalFailure, refusalOf, writeAnswer } from './write-answer.ts';

/** What all requests share. */
export interface Endpoint {
  readonly controlPlane: ControlPlane;
  readonly authenticate: Authenticate;
  readonly onCall: OnCall;
  readonly log: (text: string) => void;
  readonly turn: Turn;
  readonly bodyBytesMax: number;
  /** Of operations that carry the code of a function. */
  readonly uploadBytesMax: number;
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
  /** It came as a form: it is answered in XML. */
  isForm: boolean;
  known: KnownCall | null;
  resourceArn: string;
  caller: Caller | null;
  input: Readonly<Record<string, unknown>> | null;
  value: unknown;
  error: AwsException | null;
}

/** Never rejects: what cannot be answered ends its connection, and is logged. */
export async function serve(endpoint: Endpoint, request: HttpRequest): Promise<void> {
  const call: Call = {
    requestId: newRequestId(),
    extendedRequestId: newExtendedRequestId(),
    startedAtMs: Date.now(),
    startMs: performance.now(),
    isForm: false,
    known: null,
    resourceArn: '',
    caller: null,
    input: null,
    value: undefined,
    error: null,
  };
  let answer: Answer;
  try {
    call.value = await run(endpoint, call, request);
    answer = call.isForm
      ? queryAnswerOf(call.known!, call.value, call.requestId)
      : answerOf(call.known!, call.value);
  } catch (error) {
    if (error instanceof ClientGone) return;
    call.error = asException(endpoint, call, error);
    const service = call.known?.service ?? null;
    answer = call.isForm
      ? queryRefusalOf(call.error, service, call.requestId)
      : refusalOf(call.error, service);
  }
  record(endpoint, call, request, answer.status);
  endpoint.turn.add(() => send(endpoint, call, request, answer));
}

function send(endpoint: Endpoint, call: Call, request: HttpRequest, answer: Answer): void {
  const ids = {
    requestId: call.requestId,
    extendedRequestId: call.extendedRequestId,
    service: call.known?.service ?? null,
  };
  try {
    writeAnswer(request, ids, answer, endpoint.isClosing);
  } catch (error) {
    endpoint.log(`Cannot answer a request: ${textOf(error)}`);
    request.destroy();
  }
}

/** @returns what the handler gave back @throws AwsException, ClientGone; anything else is a bug */
async function run(endpoint: Endpoint, call: Call, request: HttpRequest): Promise<unknown> {
  const { method, target, fields } = request.head;
  const { path, query: rawQuery } = splitTarget(target);
  const query = parseQuery(rawQuery);
  if (path === '/' && isForm(method, query, fields)) return runForm(endpoint, call, request, query);
  const route = routeOfRequest(method, path, query, fields);
  const known = callNamed(route.name);
  const { service, operation, operationName } = known;
  call.known = known;
  const { services } = endpoint.controlPlane;
  const named: Named = {
    operation: operationName,
    labels: route.labels,
    path: route.path,
    query,
    json: null,
  };
  call.resourceArn = service.resourceArn(named, services.account, services);
  const head: SignedHead = {
    method: operation.method,
    rawPath: path,
    rawQuery,
    fields,
    sourceIp: request.sourceIp,
    operation: route.name,
  };
  if (operation.isUpload) endpoint.authenticate.admit?.(head);
  const bytesMax = operation.isUpload ? endpoint.uploadBytesMax : endpoint.bodyBytesMax;
  const body = request.hasBody ? await readWanted(endpoint, bytesMax, request) : noBody;
  try {
    const json = once(() => readJsonObject(body.bytes));
    return await perform(endpoint, call, known, head, named, { body: body.bytes, json });
  } finally {
    body.release();
  }
}

/** Policies of 131,072 characters, percent-encoded, and what stands beside them. */
const formBytesMax = 1_048_576;

/** One whose operation only its body may name. */
async function runForm(
  endpoint: Endpoint,
  call: Call,
  request: HttpRequest,
  query: readonly QueryParameter[],
): Promise<unknown> {
  const { method, target, fields } = request.head;
  const bytesMax = Math.min(formBytesMax, endpoint.bodyBytesMax);
  const body = request.hasBody ? await readWanted(endpoint, bytesMax, request) : noBody;
  try {
    const text = formText(fields, body.bytes);
    const known = actionOf(query, text);
    if (known === null) throw missingAuthenticationToken();
    call.isForm = true;
    if (known instanceof AwsException) throw known;
    call.known = known;
    const head: SignedHead = {
      method: method as Operation['method'],
      rawPath: '/',
      rawQuery: splitTarget(target).query,
      fields,
      sourceIp: request.sourceIp,
      operation: known.name,
    };
    const named: Named = { operation: known.operationName, labels: [], path: '/', query, json: null };
    const json = once(() => readForm(query, text));
    return await perform(endpoint, call, known, head, named, { body: body.bytes, json });
  } finally {
    body.release();
  }
}

type SignedHead = Omit<SignedRequest, 'body' | 'resourceArn' | 'contextOf'>;

/** Asks who calls and whether they may, reads the members, and has it done. */
async function perform(
  endpoint: Endpoint,
  call: Call,
  { name, service, decode }: KnownCall,
  head: SignedHead,
  named: Named,
  { body, json }: Pick<RequestParts, 'body' | 'json'>,
): Promise<unknown> {
  const { services } = endpoint.controlPlane;
  const { fields } = head;
  const signed: SignedRequest = {
    ...head,
    body,
    // What the body names is read only for somebody who is known.
    resourceArn: () => {
      call.resourceArn = service.resourceArn({ ...named, json }, services.account, services);
      return call.resourceArn;
    },
    contextOf: (key) => service.contextOf?.({ ...named, json }, services)(key),
  };
  const caller = endpoint.authenticate(signed);
  call.caller = caller instanceof Promise ? await caller : caller;
  const input = decode({ labels: named.labels, query: named.query, fields, body, json });
  call.input = input;
  // Where answers name addresses of this port, they name it as the client does.
  const host = valueIn(fields, 'host');
  const from = host === null ? call.caller : { ...call.caller, host };
  return await endpoint.controlPlane.call(name, input as never, from);
}

/** @throws AwsException when the request names no operation */
function routeOfRequest(
  method: string,
  path: string,
  query: readonly QueryParameter[],
  fields: readonly string[],
): Route {
  const target = method === 'POST' && path === '/' ? valueIn(fields, 'x-amz-target') : null;
  if (target !== null) {
    const route = targetRouteOf(target);
    if (route === null) throw new AwsException('UnknownOperationException', 400, 'Unknown operation');
    return route;
  }
  const isImport = query.some(({ name, value }) => name === 'mode' && value === 'import');
  const route = routeOf(method, path, isImport);
  if (route === null) throw missingAuthenticationToken();
  return route;
}

/** A client that waits for leave to send its body gets it when the head is one we would answer. */
function readWanted(endpoint: Endpoint, bytesMax: number, request: HttpRequest): Promise<Body> {
  const body = readBody(request, bytesMax, endpoint.budget);
  const { expectsContinue, contentLength } = request.head;
  if (expectsContinue && (contentLength ?? 0) <= bytesMax) request.allowBody();
  return body;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** Also `http://host/path`, as clients send it to proxies. */
function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const start = target.startsWith('/') ? 0 : Math.max(0, target.indexOf('/', target.indexOf('://') + 3));
  const question = target.indexOf('?', start);
  return question < 0
    ? { path: target.slice(start), query: '' }
    : { path: target.slice(start, question), query: target.slice(question + 1) };
}

function asException({ log }: Endpoint, { requestId, known }: Call, error: unknown): AwsException {
  if (error instanceof AwsException) return error;
  log(
    `Cannot do ${known?.name ?? 'a request without an operation'} (request ${requestId}): ${textOf(error)}`,
  );
  return internalFailure;
}

/** For the log alone. */
export const textOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);

function record({ onCall, log }: Endpoint, call: Call, request: HttpRequest, status: number): void {
  const { requestId, known, resourceArn, caller, input, error, startedAtMs, startMs } = call;
  if (known === null) return;
  try {
    onCall({
      requestId,
      operation: known.name,
      resourceArn,
      caller: caller ?? (error instanceof AccessDenied ? error.caller : null),
      sourceIp: request.sourceIp,
      userAgent: valueIn(request.head.fields, 'user-agent') ?? '',
      host: valueIn(request.head.fields, 'host') ?? '',
      input,
      status,
      answer: error === null ? call.value : undefined,
      error: error === null ? null : { type: error.name, message: error.message },
      startedAtMs,
      durationMs: performance.now() - startMs,
    });
  } catch (reason) {
    log(
      `Cannot record ${known.name} (request ${requestId}): ${reason instanceof Error ? reason.stack : reason}`,
    );
  }
}
