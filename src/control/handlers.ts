// Every operation of every service and what it does: the registry of handlers. The compiler sees to it that none is
// missing.

import type { Handler, Handlers } from './api/handler.ts';
import { handlers as apigateway } from './api/index.ts';
import { v2Handlers } from './api2/index.ts';
import { iamHandlers } from './iam/index.ts';
import { lambdaHandlers } from './lambda/index.ts';
import type { CallName } from './protocol/services.ts';
import { stsHandlers } from './sts/index.ts';
import { wafHandlers } from './waf/index.ts';

const handlers: Handlers<CallName> = {
  ...apigateway,
  ...v2Handlers,
  ...lambdaHandlers,
  ...wafHandlers,
  ...iamHandlers,
  ...stsHandlers,
};

/** What an operation does. */
export const handlerOf = (name: CallName): Handler => handlers[name] as Handler;
