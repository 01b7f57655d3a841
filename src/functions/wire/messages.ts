// What frames say: the greeting, the head of a call, the head of its result. Arrays, shortest first to send; a later
// version adds members at the end, which an earlier one does not read.

import { Packr } from 'msgpackr';
import type { Invocation, InvocationResult, InvocationType, InvokedBy } from '../functions.ts';

const packr = new Packr({ useRecords: false });

/** Versions of this protocol that this code speaks. */
export const versionMin = 1;
export const versionMax = 1;

/** The layout stays as it is for ever. */
export interface Hello {
  /** Versions that are spoken. */
  readonly min: number;
  readonly max: number;
  readonly pid: number;
}

export const encodeHello = (hello: Hello): Uint8Array => packr.pack(hello);

/** @throws Error when it is none */
export function decodeHello(body: Uint8Array): Hello {
  const hello = packr.unpack(body) as Hello;
  if (!Number.isInteger(hello?.min) || !Number.isInteger(hello.max)) throw new Error('not a greeting');
  return hello;
}

/** The newest version that both speak; null = they part. */
export function commonVersion(hello: Hello): number | null {
  const version = Math.min(hello.max, versionMax);
  return version >= Math.max(hello.min, versionMin) ? version : null;
}

const types: readonly InvocationType[] = ['RequestResponse', 'Event', 'DryRun'];
const isStreamedFlag = 1;
const wantsLogTailFlag = 2;

type ByHead = readonly [arn: string] | readonly [service: string, sourceArn: string, sourceAccount: string];

type InvokeHead = readonly [
  functionName: string,
  qualifier: string | null,
  type: number,
  by: ByHead,
  clientContext: string | null,
  traceId: string | null,
  flags: number,
  windowBytes: number,
];

/** @param windowBytes - of a streamed answer: what may be sent before the first `credit` */
export function encodeInvocation(invocation: Invocation, windowBytes: number): Uint8Array {
  const { functionName, qualifier, type, by, clientContext, traceId, isStreamed, wantsLogTail } = invocation;
  const head: InvokeHead = [
    functionName,
    qualifier,
    types.indexOf(type),
    by.kind === 'service' ? [by.service, by.sourceArn, by.sourceAccount] : [by.arn],
    clientContext,
    traceId,
    (isStreamed ? isStreamedFlag : 0) | (wantsLogTail ? wantsLogTailFlag : 0),
    windowBytes,
  ];
  return packr.pack(head);
}

/** @throws Error when the body is not an invocation */
export function decodeInvocation(body: Buffer): { invocation: Invocation; windowBytes: number } {
  const { head, payload } = parts(body);
  const [functionName, qualifier, type, by, clientContext, traceId, flags, windowBytes] =
    head as unknown as InvokeHead;
  const isKnown = typeof functionName === 'string' && types[type] !== undefined && Array.isArray(by);
  if (!isKnown) throw new Error('not an invocation');
  const invocation: Invocation = {
    functionName,
    qualifier,
    type: types[type]!,
    payload,
    by: invokedBy(by),
    clientContext,
    traceId,
    isStreamed: (flags & isStreamedFlag) !== 0,
    wantsLogTail: (flags & wantsLogTailFlag) !== 0,
  };
  return { invocation, windowBytes };
}

const invokedBy = (by: ByHead): InvokedBy =>
  by.length === 1
    ? { kind: 'identity', arn: by[0] }
    : { kind: 'service', service: by[0], sourceArn: by[1], sourceAccount: by[2] };

const done = 0;
const refused = 1;
const lost = 2;

type ResultHead =
  | readonly [
      outcome: typeof done,
      requestId: string,
      executedVersion: string,
      functionError: 'Unhandled' | 'Handled' | null,
      logTail: string | null,
    ]
  | readonly [
      outcome: typeof refused,
      requestId: string,
      status: number,
      type: string,
      message: string,
      reason: string | null,
    ]
  | readonly [outcome: typeof lost, detail: string];

/** The head of a result; its payload goes beside it. */
export function encodeResult(result: InvocationResult): Uint8Array {
  return packr.pack(resultHead(result));
}

function resultHead(result: InvocationResult): ResultHead {
  if (result.outcome === 'done')
    return [done, result.requestId, result.executedVersion, result.functionError, result.logTail];
  if (result.outcome === 'lost') return [lost, result.detail];
  const { requestId, status, type, message, reason } = result;
  return [refused, requestId, status, type, message, reason];
}

/** @throws Error when the body is not a result */
export function decodeResult(body: Buffer): InvocationResult {
  const { head: array, payload } = parts(body);
  const head = array as unknown as ResultHead;
  switch (head[0]) {
    case done: {
      const [, requestId, executedVersion, functionError, logTail] = head;
      return { outcome: 'done', requestId, executedVersion, functionError, payload, logTail };
    }
    case refused: {
      const [, requestId, status, type, message, reason] = head;
      return { outcome: 'refused', requestId, status, type, message, reason };
    }
    case lost:
      return { outcome: 'lost', detail: head[1] };
    default:
      throw new Error('not a result');
  }
}

function parts(body: Buffer): { head: readonly unknown[]; payload: Buffer } {
  const headEnd = 4 + (body.length < 4 ? Number.POSITIVE_INFINITY : body.readUInt32BE(0));
  if (headEnd > body.length) throw new Error('a message without its head');
  const head: unknown = packr.unpack(body.subarray(4, headEnd));
  if (!Array.isArray(head)) throw new Error('a message without its head');
  return { head, payload: body.subarray(headEnd) };
}
