// What web ACLs, rule groups and sets have in common: they are found by name and id, changed by who has seen their last
// state, and not removed while something uses them.

import { randomUUID } from 'node:crypto';
import { arnsIn } from '../../firewall/index.ts';
import type { FirewallResource, FirewallTag } from '../../resources/index.ts';
import type { DocumentKinds, Transaction, View } from '../../store/index.ts';
import type { Account } from '../api/handler.ts';
import {
  associatedItem,
  duplicateItem,
  invalidParameter,
  limitsExceeded,
  nonexistentItem,
  optimisticLock,
} from '../protocol/wafv2/exceptions.ts';

export type WafKind = 'webAcl' | 'ruleGroup' | 'ipSet' | 'regexPatternSet';
export type WafDocument<K extends WafKind> = DocumentKinds[K] & FirewallResource;

/** As ARNs spell them. */
const arnNames: Readonly<Record<WafKind, string>> = {
  webAcl: 'webacl',
  ruleGroup: 'rulegroup',
  ipSet: 'ipset',
  regexPatternSet: 'regexpatternset',
};
const kinds = Object.keys(arnNames) as WafKind[];

/** Of an account and region. */
const documentsMax = 100;

/** Gateways of one's own are regional. @throws WafException */
export function checkScope(scope: string | undefined): void {
  if (scope === 'CLOUDFRONT') throw invalidParameter('The scope is not valid.', 'SCOPE_VALUE', scope);
}

interface Made {
  readonly Name: string;
  readonly Scope: string;
  readonly Description?: string;
  readonly Tags?: readonly FirewallTag[];
}

/** The members of a new document that all have. @throws WafException */
export function newDocument(
  view: View,
  kind: WafKind,
  { Name, Scope, Description, Tags }: Made,
  account: Account,
): FirewallResource {
  checkScope(Scope);
  const all = view.list(kind, '');
  if (all.some((one) => one.Name === Name)) throw duplicateItem();
  if (all.length >= documentsMax) throw limitsExceeded();
  const { partition, region, accountId } = account;
  const Id = randomUUID();
  return {
    Name,
    Id,
    ARN: `arn:${partition}:wafv2:${region}:${accountId}:regional/${arnNames[kind]}/${Name}/${Id}`,
    LockToken: randomUUID(),
    ...(Description === undefined ? {} : { Description }),
    ...(Tags === undefined ? {} : { Tags: mergedTags([], Tags) }),
  };
}

interface NamedDocument {
  readonly Name: string;
  readonly Id: string;
  readonly Scope: string;
}

/** @throws WafException */
export function documentNamed<K extends WafKind>(
  view: View,
  kind: K,
  { Name, Id, Scope }: NamedDocument,
): WafDocument<K> {
  checkScope(Scope);
  const found = view.get(kind, '', Id) as WafDocument<K> | undefined;
  if (found?.Name !== Name) throw nonexistentItem();
  return found;
}

/** @throws WafException */
export function documentAt<K extends WafKind>(view: View, kind: K, arn: string): WafDocument<K> {
  const found = (view.list(kind, '') as readonly WafDocument<K>[]).find(({ ARN }) => ARN === arn);
  if (found === undefined) throw nonexistentItem();
  return found;
}

/** By ARN, or by name, id and scope. @throws WafException */
export function documentGiven<K extends WafKind>(
  view: View,
  kind: K,
  { ARN, Name, Id, Scope }: Partial<NamedDocument> & { readonly ARN?: string },
): WafDocument<K> {
  if (ARN !== undefined) return documentAt(view, kind, ARN);
  if (Name === undefined || Id === undefined || Scope === undefined)
    throw invalidParameter('A required field is missing from the parameter.', 'RESOURCE_ARN', 'ARN');
  return documentNamed(view, kind, { Name, Id, Scope });
}

/** Of any kind. @throws WafException */
export function anyDocumentAt(
  view: View,
  arn: string,
): { readonly kind: WafKind; readonly document: FirewallResource } {
  for (const kind of kinds) {
    const document = view.list(kind, '').find(({ ARN }) => ARN === arn);
    if (document !== undefined) return { kind, document };
  }
  throw nonexistentItem();
}

/** What a change begins with: the present document, seen by who changes it. @throws WafException */
export function documentToChange<K extends WafKind>(
  view: View,
  kind: K,
  input: NamedDocument & { readonly LockToken: string },
): WafDocument<K> {
  const found = documentNamed(view, kind, input);
  if (found.LockToken !== input.LockToken) throw optimisticLock();
  return found;
}

/** @returns the answer of an update */
export function putChanged<K extends WafKind>(
  transaction: Transaction,
  kind: K,
  document: DocumentKinds[K],
): { readonly NextLockToken: string } {
  const NextLockToken = randomUUID();
  transaction.put(kind, '', document.Id, { ...document, LockToken: NextLockToken });
  return { NextLockToken };
}

/** @throws WafException when rules name it */
export function removeDocument(
  transaction: Transaction,
  kind: WafKind,
  input: NamedDocument & { readonly LockToken: string },
): void {
  const { Id, ARN } = documentToChange(transaction, kind, input);
  if (usersOf(transaction, ARN).length > 0) throw associatedItem();
  transaction.remove(kind, '', Id);
}

/** The web ACLs and rule groups whose rules name a document. */
export function usersOf(view: View, arn: string) {
  return [...view.list('webAcl', ''), ...view.list('ruleGroup', '')].filter(({ Rules }) =>
    arnsIn(Rules).includes(arn),
  );
}

export const summaryOf = ({ Name, Id, ARN, Description, LockToken }: FirewallResource) => ({
  Name,
  Id,
  ARN,
  Description: Description ?? '',
  LockToken,
});

/** One page, in the order of names. @returns the page, and the marker of the next */
export function pageOf(
  view: View,
  kind: WafKind,
  { Scope, NextMarker = '', Limit = 100 }: { Scope: string; NextMarker?: string; Limit?: number },
): { readonly page: readonly ReturnType<typeof summaryOf>[]; readonly NextMarker?: string } {
  checkScope(Scope);
  const left = view
    .list(kind, '')
    .filter(({ Name }) => Name > NextMarker)
    .sort((a, b) => (a.Name < b.Name ? -1 : 1));
  const page = left.slice(0, Limit).map(summaryOf);
  return { page, ...(left.length > Limit ? { NextMarker: page.at(-1)!.Name } : {}) };
}

const tagsMax = 50;

/** @throws WafException when there are too many */
export function mergedTags(
  before: readonly FirewallTag[],
  added: readonly FirewallTag[],
): readonly FirewallTag[] {
  const merged = new Map([...before, ...added].map(({ Key, Value }) => [Key, Value]));
  if (merged.size > tagsMax) throw limitsExceeded();
  return [...merged].map(([Key, Value]) => ({ Key, Value }));
}
