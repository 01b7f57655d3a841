// The names of wafv2's handlers, and what they are given.

import type { Handlers } from '../api/handler.ts';
import type { wafOperations } from '../protocol/wafv2/operations.ts';

export type WafHandlers = Handlers<`wafv2:${keyof typeof wafOperations}`>;
