// Operations that change what a deployment freezes: stages that deploy by themselves follow in the same transaction.

import type { V2Api } from '../../resources/index.ts';
import type { Transaction } from '../../store/index.ts';
import { type Context, type Handler, writes } from '../api/handler.ts';
import { autoDeploy } from '../deployment/v2-deploy.ts';
import type { V2OperationName } from '../protocol/apigatewayv2/operations.ts';
import type { V2Input } from './handlers.ts';
import { v2ApiOf } from './lookup.ts';

/** @throws NotFoundException when the API is not there */
export const changes = <N extends V2OperationName>(
  run: (input: V2Input<N>, transaction: Transaction, context: Context, api: V2Api) => unknown,
): Handler<`apigatewayv2:${N}`> =>
  writes<`apigatewayv2:${N}`>((input, transaction, context) => {
    const { apiId } = input as unknown as { readonly apiId: string };
    const api = v2ApiOf(transaction, apiId, context.account);
    const answer = run(input as V2Input<N>, transaction, context, api);
    autoDeploy(transaction, context, apiId);
    return answer;
  });
