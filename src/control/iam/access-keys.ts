// Access keys: a user has two at most, so that one can take the other's place.

import type { AccessKey } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import { noSuchEntity } from '../access/access-error.ts';
import { forgetCredentials } from '../access/first-access.ts';
import { createKey, keysOf, removeKey, setKeyStatus, userOf } from '../access/users.ts';
import { acts, type Context, reads, writes } from '../api/handler.ts';
import { validation } from '../protocol/exceptions.ts';
import { iamPage } from './page.ts';
import { wireDate } from './present.ts';
import { type IamHandlers, userNameOr } from './users.ts';

export const accessKeys: IamHandlers<
  'CreateAccessKey' | 'ListAccessKeys' | 'UpdateAccessKey' | 'DeleteAccessKey' | 'GetAccessKeyLastUsed'
> = {
  'iam:CreateAccessKey': writes(({ UserName }, transaction, context) => {
    const key = createKey(transaction, userNameOr(UserName, context), context.now());
    return {
      AccessKey: {
        UserName: key.userName,
        AccessKeyId: key.accessKeyId,
        Status: key.status,
        SecretAccessKey: key.secretAccessKey,
        CreateDate: wireDate(key.createdDate),
      },
    };
  }),

  'iam:ListAccessKeys': reads(({ UserName, ...paging }, view, context) => {
    const { userName } = userOf(view, userNameOr(UserName, context));
    const { items, end } = iamPage(keysOf(view, userName), paging, ({ accessKeyId }) => accessKeyId);
    return {
      UserName: userName,
      AccessKeyMetadata: items.map(({ accessKeyId, status, createdDate }) => ({
        UserName: userName,
        AccessKeyId: accessKeyId,
        Status: status,
        CreateDate: wireDate(createdDate),
      })),
      ...end,
    };
  }),

  'iam:UpdateAccessKey': writes(({ UserName, AccessKeyId, Status }, transaction, context) => {
    if (Status === 'Expired') throw validation('Status Expired cannot be set');
    ownKey(transaction, UserName, AccessKeyId, context);
    setKeyStatus(transaction, AccessKeyId, Status);
  }),

  'iam:DeleteAccessKey': acts(async ({ UserName, AccessKeyId }, context) => {
    await context.store.write((transaction) => {
      ownKey(transaction, UserName, AccessKeyId, context);
      removeKey(transaction, AccessKeyId);
    });
    forgetCredentials(context.store.view, context.dataDir);
  }),

  // When keys were used is not written down: the audit log and the access logs tell.
  'iam:GetAccessKeyLastUsed': reads(({ AccessKeyId }, view) => {
    const key = view.get('accessKey', '', AccessKeyId);
    if (key === undefined) throw noKey(AccessKeyId);
    return { UserName: key.userName, AccessKeyLastUsed: { Region: 'N/A', ServiceName: 'N/A' } };
  }),
};

const noKey = (id: string) => noSuchEntity(`The Access Key with id ${id} cannot be found.`);

/** A key is found only with the user whose it is: leave for one user is none for another's keys. */
function ownKey(view: View, userName: string | undefined, accessKeyId: string, context: Context): AccessKey {
  const key = view.get('accessKey', '', accessKeyId);
  if (key === undefined || key.userName !== userOf(view, userNameOr(userName, context)).userName)
    throw noKey(accessKeyId);
  return key;
}
