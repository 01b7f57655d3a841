// Every operation and what it does: the registry. One file per resource, one line here.

import { unavailable } from '../protocol/exceptions.ts';
import type { OperationName } from '../protocol/operations.ts';
import { acts, type Handler, type Handlers } from './handler.ts';
import { restApis } from './rest-apis.ts';

const built = { ...restApis };

export const handlers: Partial<Handlers> = built;

/** What an operation does. */
export function handlerOf(name: OperationName): Handler {
  return (handlers[name] ?? acts(() => Promise.reject(unavailable(`${name} is not built yet`)))) as Handler;
}
