// One question to the function of an authorizer, and what became of it. Whatever it is, it ends, and in a reply.

import { textOf } from '../exchange/content.ts';
import type { InvocationCall, InvocationResult } from '../functions/functions.ts';
import { memberOfText } from '../mapping/index.ts';
import { masked } from './api-key.ts';
import { type Answered, type Question, type Reply, refused } from './asker.ts';
import { readGrant } from './lambda-grant.ts';
import type { AuthorizerTarget } from './lambda-target.ts';
import type { AuthorizerTools } from './tools.ts';

/** The gateway waits so long, however long the function may run. */
export const authorizerTimeoutMs = 29_000;

export function askFunction(
  tools: Pick<AuthorizerTools, 'clock' | 'functions'>,
  target: AuthorizerTarget,
  payload: string,
  traceId: string | null,
  timeoutMs: number = authorizerTimeoutMs,
): Question {
  const startedNs = tools.clock.monotonicNs();
  const { promise, resolve } = Promise.withResolvers<Reply>();
  const finish = (reply: Answered): void => {
    clearTimeout(timer);
    resolve({ ...reply, latencyMs: Math.round((tools.clock.monotonicNs() - startedNs) / 1e6) });
  };
  let call: InvocationCall | null = null;
  const timer = setTimeout(() => {
    call?.abort();
    finish(refused('failure', 'Execution failed due to a timeout error'));
  }, timeoutMs);
  const by = target.caller();
  if (by === null)
    finish(refused('configuration', 'The role of the authorizer is not known: add it to the roles'));
  else {
    try {
      call = tools.functions.invoke(
        {
          functionName: target.functionName,
          qualifier: target.qualifier,
          type: 'RequestResponse',
          payload,
          by,
          clientContext: null,
          traceId,
          isStreamed: false,
          wantsLogTail: false,
        },
        { onHead: () => {}, onData: () => true, onEnd: (result) => finish(safely(result)) },
      );
    } catch (error) {
      finish(refused('failure', `The function cannot be asked: ${String(error)}`));
    }
  }
  return {
    reply: promise,
    abort: () => {
      clearTimeout(timer);
      call?.abort();
    },
  };
}

/** A bug of ours in reading an answer refuses, as everything else that is no grant. */
function safely(result: InvocationResult): Answered {
  try {
    return replyOf(result);
  } catch (error) {
    return refused('failure', `The answer cannot be read: ${String(error)}`);
  }
}

function replyOf(result: InvocationResult): Answered {
  if (result.outcome === 'lost') return refused('failure', result.detail);
  const { requestId } = result;
  if (result.outcome === 'refused') {
    const { status, type, message } = result;
    const kind = status === 429 || status >= 500 ? 'failure' : 'configuration';
    const detail = status === 403 ? 'Invalid permissions on Lambda function' : `${type}: ${message}`;
    return { ...refused(kind, detail), requestId, integrationStatus: status };
  }
  const told = { payload: result.payload, requestId, integrationStatus: 200 };
  if (result.functionError !== null) {
    const message = memberOfText(textOf(result.payload), 'errorMessage');
    return message === 'Unauthorized'
      ? { ...refused('unauthorized', ''), ...told }
      : { ...refused('failure', 'The function has failed'), ...told };
  }
  const grant = readGrant(result.payload);
  if ('problem' in grant) return { ...refused('configuration', grant.problem), ...told };
  return { grant, refusal: null, detail: '', ...told };
}

/** What a data trace shows of an answer: all of it, but for the secret in it. */
export function tracedAnswer({ payload, grant }: Reply): string {
  const text = payload === null ? '' : textOf(payload);
  const key = grant?.usageIdentifierKey ?? '';
  return key === '' ? text : text.replaceAll(key, masked(key));
}
