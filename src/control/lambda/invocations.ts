// Invocations: Invoke, InvokeAsync and InvokeWithResponseStream, handed to who runs functions.

import type { Invocation, InvocationResult } from '../../functions/functions.ts';
import { acts, type Context } from '../api/handler.ts';
import { invokeFunction } from '../invoke-function.ts';
import { AwsException } from '../protocol/exceptions.ts';
import { invalidParameter, LambdaException } from '../protocol/lambda/exceptions.ts';
import { type AnswerStream, MadeAnswer, StreamedAnswer } from '../protocol/made-answer.ts';
import type { CallInput } from '../protocol/services.ts';
import { invokeComplete, payloadChunk } from './event-stream.ts';
import type { LambdaHandlers } from './functions.ts';
import { referenceOf } from './lookup.ts';

type Done = InvocationResult & { readonly outcome: 'done' };

const nothing = new Uint8Array(0);
const asyncBytesMax = 1024 * 1024;
const clientContextCharactersMax = 3583;

export const invocations = {
  'lambda:Invoke': acts<'lambda:Invoke'>(async (input, context) => {
    const type = input.InvocationType ?? 'RequestResponse';
    const invocation = { ...invocationOf(input, context), type };
    if (type === 'Event') refuseLargeEvent(invocation.payload.length);
    const done = doneOf(await invokeFunction(context.functions, invocation), context);
    const ids = ['x-amzn-RequestId', done.requestId];
    if (type !== 'RequestResponse') return new MadeAnswer(type === 'Event' ? 202 : 204, ids, nothing);
    return new MadeAnswer(200, [...ids, ...fieldsOf(done)], done.payload);
  }),

  'lambda:InvokeAsync': acts<'lambda:InvokeAsync'>(async (input, context) => {
    refuseLargeEvent(input.InvokeArgs.length);
    const invocation = invocationOf({ ...input, Payload: input.InvokeArgs }, context);
    doneOf(await invokeFunction(context.functions, { ...invocation, type: 'Event' }), context);
    return { Status: 202 };
  }),

  'lambda:InvokeWithResponseStream': acts<'lambda:InvokeWithResponseStream'>((input, context) => {
    const type = input.InvocationType ?? 'RequestResponse';
    const invocation = { ...invocationOf(input, context), type, isStreamed: type === 'RequestResponse' };
    return type === 'DryRun'
      ? invokeFunction(context.functions, invocation).then(
          (result) => new MadeAnswer(204, ['x-amzn-RequestId', doneOf(result, context).requestId], nothing),
        )
      : streamed(invocation, context);
  }),
} satisfies Partial<LambdaHandlers>;

/** A RequestResponse's own: what went wrong, what was logged, which version ran. */
function fieldsOf({ executedVersion, functionError, logTail }: Done): string[] {
  return [
    ...['Content-Type', 'application/json', 'X-Amz-Executed-Version', executedVersion],
    ...(functionError === null ? [] : ['X-Amz-Function-Error', functionError]),
    ...(logTail === null ? [] : ['X-Amz-Log-Result', logTail]),
  ];
}

type Given = Pick<
  CallInput<'lambda:Invoke'>,
  'FunctionName' | 'Qualifier' | 'LogType' | 'ClientContext' | 'TraceId' | 'Payload'
>;

function invocationOf(input: Given, { caller, account }: Context): Omit<Invocation, 'isStreamed' | 'type'> {
  const { name, qualifier } = referenceOf(input, account);
  return {
    functionName: name,
    qualifier,
    // The body's memory is given back when the call has been answered; who queues it has copied it then.
    payload: input.Payload,
    by: { kind: 'identity', arn: caller.arn },
    clientContext: clientContextOf(input.ClientContext),
    traceId: input.TraceId ?? null,
    wantsLogTail: input.LogType === 'Tail',
  };
}

function clientContextOf(given: string | undefined): string | null {
  if (given === undefined || given === '') return null;
  if (given.length > clientContextCharactersMax)
    throw invalidParameter(
      `Client context must be at most ${clientContextCharactersMax} characters of base64`,
    );
  try {
    JSON.parse(Buffer.from(given, 'base64').toString());
    return given;
  } catch {
    throw new LambdaException(
      'InvalidRequestContentException',
      400,
      'Client context must be a valid Base64-encoded JSON object.',
    );
  }
}

function refuseLargeEvent(size: number): void {
  if (size > asyncBytesMax)
    throw new LambdaException(
      'RequestTooLargeException',
      413,
      `${size} byte payload is too large for the Event invocation type (limit ${asyncBytesMax} bytes)`,
    );
}

/** @throws LambdaException for what was refused; ServiceException where nobody runs functions */
function doneOf(result: InvocationResult, { operation }: Context): Done {
  switch (result.outcome) {
    case 'done':
      return result;
    case 'refused':
      throw new LambdaException(result.type, result.status, result.message, result.reason);
    case 'lost':
      throw new AwsException(
        'ServiceUnavailableException',
        503,
        `${operation.slice('lambda:'.length)} cannot tell whether the function ran: ${result.detail}`,
      );
  }
}

/** Resolves when the function begins to answer, or has ended without a word. */
function streamed(invocation: Invocation, context: Context): Promise<StreamedAnswer> {
  return new Promise((resolve, reject) => {
    let stream: AnswerStream | null = null;
    let isBegun = false;
    let result: Done | null = null;
    /** What came before the head was written. */
    const early: Buffer[] = [];
    const finish = (): void => {
      if (stream === null || result === null) return;
      for (const chunk of early.splice(0)) stream.write(chunk);
      stream.write(invokeComplete(completion(result)));
      stream.end();
    };
    const begin = (): void => {
      if (isBegun) return;
      isBegun = true;
      resolve(
        new StreamedAnswer(200, ['Content-Type', 'application/vnd.amazon.eventstream'], (opened) => {
          stream = opened;
          stream.onDrain = () => call.resume();
          stream.onGone = () => call.abort();
          for (const chunk of early.splice(0)) stream.write(chunk);
          call.resume();
          finish();
        }),
      );
    };
    const call = context.functions.invoke(invocation, {
      onHead: begin,
      onData: (chunk) => {
        begin();
        const framed = payloadChunk(chunk);
        if (stream !== null) return stream.write(framed);
        early.push(framed);
        return false;
      },
      onEnd: (ended) => {
        const done = doneOrRefusal(ended, context);
        // After the head nothing can be refused any more.
        if (done instanceof AwsException && !isBegun) return reject(done);
        const told = done instanceof AwsException ? failedLate(done) : done;
        // A function that does not stream has said all at once.
        if (told.functionError === null && told.payload.length > 0) early.push(payloadChunk(told.payload));
        result = told;
        begin();
        finish();
      },
    });
  });
}

function doneOrRefusal(ended: InvocationResult, context: Context): Done | AwsException {
  try {
    return doneOf(ended, context);
  } catch (error) {
    if (error instanceof AwsException) return error;
    throw error;
  }
}

const failedLate = ({ name, message }: AwsException): Done => ({
  outcome: 'done',
  requestId: '',
  executedVersion: '',
  functionError: 'Unhandled',
  payload: Buffer.from(JSON.stringify({ errorType: name, errorMessage: message })),
  logTail: null,
});

function completion({ functionError, payload, logTail }: Done) {
  return {
    ...(functionError === null
      ? {}
      : { ErrorCode: functionError, ErrorDetails: Buffer.from(payload).toString() }),
    ...(logTail === null ? {} : { LogResult: logTail }),
  };
}
