// Roles that a call hands to the gateway or to a function: whoever hands one on needs iam:PassRole on it. Otherwise who may
// write integrations could have a role's permissions by way of one. Looked for in what is about to be stored, so that it does
// not matter how a request has spelled it.

import type { DocumentKinds, Kind, Store, Transaction } from '../../store/index.ts';
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
  const check: Check = (taker, before, after) => {
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
  return (transaction) => new WatchedTransaction(transaction, check);
}

type Check = (taker: string, before: unknown, after: object) => void;

// A class, as an object made for each transaction with a getter of its own would have a hidden class of its own.
class WatchedTransaction implements Transaction {
  readonly #transaction: Transaction;
  readonly #check: Check;

  constructor(transaction: Transaction, check: Check) {
    this.#transaction = transaction;
    this.#check = check;
  }

  get changedKinds(): ReadonlySet<Kind> {
    return this.#transaction.changedKinds;
  }

  get<K extends Kind>(kind: K, parent: string, id: string): DocumentKinds[K] | undefined {
    return this.#transaction.get(kind, parent, id);
  }

  list<K extends Kind>(kind: K, parent: string): readonly DocumentKinds[K][] {
    return this.#transaction.list(kind, parent);
  }

  revision(kind: Kind, parent: string, id: string): number {
    return this.#transaction.revision(kind, parent, id);
  }

  put<K extends Kind>(kind: K, parent: string, id: string, document: DocumentKinds[K]): void {
    const taker = takers.get(kind);
    if (taker !== undefined) this.#check(taker, this.get(kind, parent, id), document);
    this.#transaction.put(kind, parent, id, document);
  }

  remove(kind: Kind, parent: string, id: string): void {
    this.#transaction.remove(kind, parent, id);
  }

  removeAll(kind: Kind, parent: string): void {
    this.#transaction.removeAll(kind, parent);
  }
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
