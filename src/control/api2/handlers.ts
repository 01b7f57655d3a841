// The names of apigatewayv2's handlers, and what they are given.

import type { Handlers } from '../api/handler.ts';
import type { V2OperationName } from '../protocol/apigatewayv2/operations.ts';
import type { CallInput } from '../protocol/services.ts';

export type V2Handlers = Handlers<`apigatewayv2:${V2OperationName}`>;
export type V2Input<Name extends V2OperationName> = CallInput<`apigatewayv2:${Name}`>;
