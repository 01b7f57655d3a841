import type { V2Handlers } from './handlers.ts';

export const v2Handlers = {} as V2Handlers;
