// IAM as a service of the management port: which ARN a request is about, and what conditions on it may look at.

import type { ContextValue } from '../../../policy/index.ts';
import type { IamPrincipal } from '../../../resources/index.ts';
import type { View } from '../../../store/index.ts';
import { type IamKind, iamArn } from '../../user-arn.ts';
import type { Form } from '../query/form.ts';
import { queryService } from '../query/query-api.ts';
import type { KnownEntities, Named, NamedAccount, Service } from '../service.ts';
import { type IamOperationName, iamOperations } from './operations.ts';

export const iam = {
  ...queryService,
  name: 'iam',
  signingName: 'iam',
  eventSource: 'iam.amazonaws.com',
  operations: iamOperations,
  queryApi: { version: '2010-05-08', namespace: 'https://iam.amazonaws.com/doc/2010-05-08/' },
  isGlobal: true,
  actionOf: (operation) => `iam:${operation}`,
  resourceArn,
  contextOf,
} as const satisfies Service;

/** Of operations that tell of all there are: how the ARNs of these begin. */
const lists: Readonly<Record<string, IamKind>> = {
  ListUsers: 'user',
  ListGroups: 'group',
  ListRoles: 'role',
  ListPolicies: 'policy',
};
const ofNothing: ReadonlySet<string> = new Set(['ListAccountAliases', 'GetAccountSummary']);

/** The parameters of an operation: what else a form says is not what it acts on, and must not be decided on. */
function declaredIn(operation: string, form: Readonly<Record<string, unknown>>): Form {
  const { members } = iamOperations[operation as IamOperationName];
  const declared = Object.entries(form).filter(([name]) => Object.hasOwn(members, name.split('.', 1)[0]!));
  return Object.fromEntries(declared) as Form;
}

/** @see Service Authorization Reference, "Actions, resources, and condition keys for AWS IAM" */
function resourceArn({ operation, json }: Named, account: NamedAccount, { store }: KnownEntities): string {
  if (json === null || ofNothing.has(operation)) return '*';
  const form = declaredIn(operation, json());
  const list = lists[operation];
  if (list !== undefined) return iamArn(account, list, '', form.PathPrefix);
  const { view } = store;
  if (form.GroupName !== undefined) {
    const known = view.get('iamGroup', '', form.GroupName);
    return iamArn(account, 'group', form.GroupName, pathOf(operation, form, known));
  }
  if (form.RoleName !== undefined)
    return iamArn(account, 'role', form.RoleName, pathOf(operation, form, roleOf(view, form)));
  if (operation === 'CreatePolicy') return iamArn(account, 'policy', form.PolicyName ?? '', form.Path);
  const userName =
    operation === 'GetAccessKeyLastUsed'
      ? (view.get('accessKey', '', form.AccessKeyId ?? '')?.userName ?? '*')
      : form.UserName;
  if (userName !== undefined)
    return iamArn(account, 'user', userName, pathOf(operation, form, view.get('iamUser', '', userName)));
  // Without a user it is about the one who calls.
  return form.PolicyArn ?? '';
}

const roleOf = (view: View, { RoleName }: Form) => view.get('iamRole', '', RoleName!);

/** What is made has the path that it is given; all else the one that it has. */
const pathOf = (operation: string, form: Form, known: { readonly path?: string } | undefined) =>
  operation.startsWith('Create') && operation !== 'CreateAccessKey' ? form.Path : known?.path;

type Read = (target: IamPrincipal | undefined, form: Form, operation: string) => ContextValue | undefined;

const reads: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['iam:policyarn', (_, form) => form.PolicyArn],
  ['iam:permissionsboundary', boundaryOf],
  ['aws:tagkeys', (_, form) => [...tagsIn(form).keys(), ...tagKeysIn(form)]],
]);

/** Those by which administration is delegated. Names of tags are parts of theirs. */
function contextOf({ operation, json }: Named, { store }: KnownEntities) {
  return (key: string): ContextValue | undefined => {
    const form = declaredIn(operation, json?.() ?? {});
    const target = targetOf(store.view, form);
    const read = reads.get(key);
    if (read !== undefined) return read(target, form, operation);
    const [prefix, tag = ''] = key.split(/\/(.*)/s);
    if (prefix === 'aws:requesttag') return tagValue(tagsIn(form), tag);
    if (prefix !== 'iam:resourcetag' && prefix !== 'aws:resourcetag') return undefined;
    return tagValue(new Map(Object.entries(target?.tags ?? {})), tag);
  };
}

function targetOf(view: View, form: Form): IamPrincipal | undefined {
  if (form.RoleName !== undefined) return roleOf(view, form);
  return form.UserName === undefined ? undefined : view.get('iamUser', '', form.UserName);
}

/** The one that is asked for, or else the one that the user or role has. */
function boundaryOf(target: IamPrincipal | undefined, form: Form, operation: string): string | undefined {
  const isGiven = operation.startsWith('Create') || /^Put.*Boundary$/.test(operation);
  return isGiven ? form.PermissionsBoundary : target?.permissionsBoundary;
}

/** Keys of conditions come in lower case, and names of tags as their conditions know them do not differ by case. */
const tagValue = (tags: ReadonlyMap<string, string>, key: string): string | undefined =>
  [...tags].find(([name]) => name.toLowerCase() === key)?.[1];

function tagsIn(form: Form): Map<string, string> {
  const tags = new Map<string, string>();
  for (let n = 1; form[`Tags.member.${n}.Key`] !== undefined; n++)
    tags.set(form[`Tags.member.${n}.Key`]!, form[`Tags.member.${n}.Value`] ?? '');
  return tags;
}

function tagKeysIn(form: Form): string[] {
  const keys: string[] = [];
  for (let n = 1; form[`TagKeys.member.${n}`] !== undefined; n++) keys.push(form[`TagKeys.member.${n}`]!);
  return keys;
}
