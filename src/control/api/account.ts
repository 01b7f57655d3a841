// Account: settings of all APIs together.

import type { Account } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import { badRequest } from '../protocol/exceptions.ts';
import { type PatchTable, patchDocument, replaces } from '../protocol/patch.ts';
import { type Context, type Handlers, reads, writes } from './handler.ts';
import { textOrNothing } from './patch-values.ts';

export const account = {
  GetAccount: reads<'GetAccount'>((_, view, context) => present(accountIn(view), context)),

  UpdateAccount: writes<'UpdateAccount'>(({ patchOperations }, transaction, context) => {
    const changed = patchDocument(accountIn(transaction), patchOperations, patches);
    transaction.put('account', '', 'account', changed);
    return present(changed, context);
  }),
} satisfies Partial<Handlers>;

const accountIn = (view: View): Account => view.get('account', '', 'account') ?? { features: ['UsagePlans'] };

const present = ({ cloudwatchRoleArn, features }: Account, { account: { accountThrottle } }: Context) => ({
  cloudwatchRoleArn,
  throttleSettings: { burstLimit: accountThrottle.burst, rateLimit: accountThrottle.rateRps },
  features,
  apiKeyVersion: '4',
});

const patches: PatchTable<Account> = {
  rows: [
    replaces('/cloudwatchRoleArn', 'cloudwatchRoleArn', (value) => {
      const arn = textOrNothing(value);
      if (arn !== undefined && !/^arn:[^:]+:iam::\d{12}:role\/.+$/.test(arn))
        throw badRequest('Invalid ARN specified in the request');
      return arn;
    }),
    {
      path: '/features',
      ops: ['add', 'remove'],
      apply: (document, { op, value }) => {
        if (value !== 'UsagePlans')
          throw badRequest('Invalid feature specified. Must be one of: [UsagePlans]');
        if (op === 'remove') throw badRequest('Usage Plans cannot be disabled once enabled');
        return { ...document, features: [...new Set([...document.features, value])] };
      },
    },
  ],
};
