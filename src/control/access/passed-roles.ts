// Roles that a call hands to the gateway or to a function: whoever hands one on needs iam:PassRole on it. Otherwise who may
// write integrations could have a role's permissions by way of one. Looked for in what is about to be stored, so that it does
// not matter how a request has spelled it.

import type { Kind, Store, Transaction } from '../../store/index.ts';
import type { Caller, Services } from '../api/handler.ts';
import { refuseUnlessAllowed } from './access-error.ts';

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
 * What a transaction of this caller must go through; null where everything may be handed on. Roles of the configuration file
 * are nobody's to pass. One that is not there is asked about too: it may be there tomorrow, and what names it today has it
 * then.
 */
export function watchPassedRoles(
  caller: Caller,
  services: Pick<Services, 'account' | 'backends'>,
): Watch | null {
  if (caller.identity === undefined) return null;
  const check = (taker: string, before: unknown, after: object): void => {
    const text = JSON.stringify(after);
    if (!text.includes(roleMark)) return;
    const known = rolesIn(JSON.stringify(before ?? null), services.account);
    const configured = new Set(services.backends.roles.map(({ roleArn }) => roleArn));
    for (const arn of rolesIn(text, services.account))
      if (!known.has(arn) && !configured.has(arn))
        refuseUnlessAllowed(caller, 'iam:PassRole', arn, (key) =>
          key === 'iam:passedtoservice' ? taker : undefined,
        );
  };
  return (transaction) => ({
    get: (kind, parent, id) => transaction.get(kind, parent, id),
    list: (kind, parent) => transaction.list(kind, parent),
    revision: (kind, parent, id) => transaction.revision(kind, parent, id),
    put: (kind, parent, id, document) => {
      const taker = takers.get(kind);
      if (taker !== undefined) check(taker, transaction.get(kind, parent, id), document);
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

/** The ARNs of the account's roles that stand as texts of their own in a JSON text. */
function rolesIn(json: string, { partition, accountId }: Services['account']): Set<string> {
  // Paths of roles may have quotes and backslashes, which JSON writes with a backslash.
  const arns = new RegExp(`"(arn:${partition}:iam::${accountId}:role/(?:\\\\["\\\\]|[!#-[\\]-~])*)"`, 'g');
  return new Set(Array.from(json.matchAll(arns), ([, arn]) => arn!.replaceAll(/\\(.)/g, '$1')));
}
