// Roles that a call hands to the gateway or to a function: whoever hands one on needs iam:PassRole on it. Otherwise who may
// write integrations could have a role's permissions by way of one. Looked for in what is about to be stored, so that it does
// not matter how a request has spelled it.

import type { IamRole } from '../../resources/index.ts';
import type { Kind, Store, Transaction } from '../../store/index.ts';
import type { Caller, Services } from '../api/handler.ts';
import { AccessDenied } from '../protocol/exceptions.ts';
import { iamArn } from '../user-arn.ts';
import { denialText } from './access-error.ts';

/** Documents that hold roles for others to act with, and who gets them. */
const takers: ReadonlyMap<Kind, string> = new Map<Kind, string>([
  ['resource', 'apigateway.amazonaws.com'],
  ['authorizer', 'apigateway.amazonaws.com'],
  ['account', 'apigateway.amazonaws.com'],
  ['v2Integration', 'apigateway.amazonaws.com'],
  ['v2Authorizer', 'apigateway.amazonaws.com'],
  ['lambdaFunction', 'lambda.amazonaws.com'],
]);

type Watch = (transaction: Transaction) => Transaction;

/**
 * What a transaction of this caller must go through; null where nothing can be handed on. Roles of the configuration file are
 * nobody's to pass.
 */
export function watchPassedRoles(
  caller: Caller,
  { store, account }: Pick<Services, 'store' | 'account'>,
): Watch | null {
  const { identity } = caller;
  if (identity === undefined || store.view.list('iamRole', '').length === 0) return null;
  const check = (transaction: Transaction, taker: string, before: unknown, after: object): void => {
    const text = JSON.stringify(after);
    if (!text.includes(roleMark)) return;
    const known = JSON.stringify(before ?? null);
    for (const role of transaction.list('iamRole', '')) {
      const arn = arnOf(role);
      if (!isNamed(text, arn) || isNamed(known, arn)) continue;
      const decision = identity.decide('iam:PassRole', arn, (key) =>
        key === 'iam:passedtoservice' ? taker : undefined,
      );
      if (decision !== 'allow')
        throw new AccessDenied(denialText(caller.arn, 'iam:PassRole', arn, decision), caller);
    }
  };
  const arnOf = ({ roleName, path }: IamRole): string => iamArn(account, 'role', roleName, path);
  return (transaction) => ({
    get: (kind, parent, id) => transaction.get(kind, parent, id),
    list: (kind, parent) => transaction.list(kind, parent),
    revision: (kind, parent, id) => transaction.revision(kind, parent, id),
    put: (kind, parent, id, document) => {
      const taker = takers.get(kind);
      if (taker !== undefined) check(transaction, taker, transaction.get(kind, parent, id), document);
      transaction.put(kind, parent, id, document);
    },
    remove: (kind, parent, id) => transaction.remove(kind, parent, id),
    removeAll: (kind, parent) => transaction.removeAll(kind, parent),
    get changedKinds() {
      return transaction.changedKinds;
    },
  });
}

/** A store whose transactions go through that. */
export const watchedStore = (store: Store, watch: Watch): Store => ({
  view: store.view,
  write: (work) => store.write((transaction) => work(watch(transaction))),
  backup: (file) => store.backup(file),
  close: () => store.close(),
});

const roleMark = ':role/';

/** Whether the ARN stands there whole, and is not the beginning of another. */
function isNamed(text: string, arn: string): boolean {
  for (let at = text.indexOf(arn); at >= 0; at = text.indexOf(arn, at + 1))
    if (!/[\w+=,.@/-]/.test(text.charAt(at + arn.length))) return true;
  return false;
}
