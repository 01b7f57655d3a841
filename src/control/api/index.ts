// Every operation and what it does: the registry. One file per resource, one line here.

import { unavailable } from '../protocol/exceptions.ts';
import type { OperationName } from '../protocol/operations.ts';
import { deployments } from './deployments.ts';
import { gatewayResponses } from './gateway-responses.ts';
import { acts, type Handler, type Handlers } from './handler.ts';
import { models } from './models.ts';
import { requestValidators } from './request-validators.ts';
import { restApis } from './rest-apis.ts';
import { sdks } from './sdks.ts';
import { stages } from './stages.ts';

const built = {
  ...restApis,
  ...deployments,
  ...stages,
  ...models,
  ...requestValidators,
  ...gatewayResponses,
  ...sdks,
};

export const handlers: Partial<Handlers> = built;

/** What an operation does. */
export function handlerOf(name: OperationName): Handler {
  return (handlers[name] ?? acts(() => Promise.reject(unavailable(`${name} is not built yet`)))) as Handler;
}
