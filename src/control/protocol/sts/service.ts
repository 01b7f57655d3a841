// STS as a service of the management port.

import type { Form } from '../query/form.ts';
import { queryService } from '../query/query-api.ts';
import type { Service } from '../service.ts';
import { stsOperations } from './operations.ts';

export const sts = {
  ...queryService,
  name: 'sts',
  signingName: 'sts',
  eventSource: 'sts.amazonaws.com',
  operations: stsOperations,
  queryApi: { version: '2011-06-15', namespace: 'https://sts.amazonaws.com/doc/2011-06-15/' },
  isGlobal: true,
  actionOf: (operation) => `sts:${operation}`,
  resourceArn: ({ operation, json }) =>
    operation === 'AssumeRole' ? (((json?.() ?? {}) as Form).RoleArn ?? '*') : '*',
  // Who one is may everybody know; whose session one may have, the role's trust policy says too.
  decidesItself: new Set(['AssumeRole', 'GetCallerIdentity', 'GetSessionToken']),
} as const satisfies Service;
