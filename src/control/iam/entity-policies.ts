// Policies of users, groups and roles: their own, and managed ones that are attached. The operations are the same for all
// three but for the name of the entity.

import type { IamEntity, IamUser } from '../../resources/index.ts';
import type { Transaction, View } from '../../store/index.ts';
import { noSuchEntity, quotaExceeded } from '../access/access-error.ts';
import { checkDocument } from '../access/check-document.ts';
import { type Handler, reads } from '../api/handler.ts';
import {
  attachablePolicy,
  groupOf,
  guarded,
  putGroup,
  putRole,
  putUser,
  roleOf,
  userOf,
  without,
} from './entities.ts';
import { iamPage, type PageInput } from './page.ts';
import { wireDocument } from './present.ts';
import { quotas, refuseBeyond, sizeOf } from './rules.ts';
import type { IamHandlers } from './users.ts';

/** One of the three kinds. */
interface Kind<E extends IamEntity> {
  /** As operations are called: `PutUserPolicy`. */
  readonly name: 'User' | 'Group' | 'Role';
  readonly what: 'user' | 'group' | 'role';
  /** @throws NoSuchEntity 404 */
  readonly find: (view: View, name: string) => E;
  readonly put: (transaction: Transaction, entity: E) => void;
}

interface Named extends PageInput {
  readonly UserName?: string;
  readonly GroupName?: string;
  readonly RoleName?: string;
}
interface Inline extends Named {
  readonly PolicyName: string;
}

const user: Kind<IamUser> = { name: 'User', what: 'user', find: userOf, put: putUser };
const group = { name: 'Group', what: 'group', find: groupOf, put: putGroup } as const;
const role = { name: 'Role', what: 'role', find: roleOf, put: putRole } as const;

type Names =
  | `${'Put' | 'Get' | 'Delete' | 'Attach' | 'Detach'}${'User' | 'Group' | 'Role'}Policy`
  | `List${'' | 'Attached'}${'User' | 'Group' | 'Role'}Policies`;

const nameIn = (input: object, { name }: { readonly name: string }): string =>
  (input as Readonly<Record<string, string>>)[`${name}Name`]!;

/** The compiler checks below that each name is there; within, one kind is as good as another. */
type Loose = Record<string, Handler>;
const guardedLoose = guarded as unknown as (
  run: (input: never, transaction: Transaction) => unknown,
) => Handler;
const readsLoose = reads as unknown as (run: (input: never, view: View) => unknown) => Handler;

function ofKind<E extends IamEntity>(kind: Kind<E>): Loose {
  const { name, what, find, put } = kind;
  const noInline = (policy: string) =>
    noSuchEntity(`The ${what} policy with name ${policy} cannot be found.`);
  return {
    [`iam:Put${name}Policy`]: guardedLoose((input: Inline & { PolicyDocument: string }, transaction) => {
      const entity = find(transaction, nameIn(input, kind));
      const policies = { ...entity.policies, [input.PolicyName]: input.PolicyDocument };
      const size = Object.values(policies).reduce((sum, text) => sum + sizeOf(text), 0);
      if (size > quotas.inlinePolicies)
        throw quotaExceeded(
          `Maximum policy size of ${quotas.inlinePolicies} bytes exceeded for ${what} ${nameIn(input, kind)}`,
        );
      checkDocument(input.PolicyDocument);
      put(transaction, { ...entity, policies });
    }),

    [`iam:Get${name}Policy`]: readsLoose((input: Inline, view) => {
      const { policies } = find(view, nameIn(input, kind));
      if (!Object.hasOwn(policies, input.PolicyName)) throw noInline(input.PolicyName);
      return {
        [`${name}Name`]: nameIn(input, kind),
        PolicyName: input.PolicyName,
        PolicyDocument: wireDocument(policies[input.PolicyName]!),
      };
    }),

    [`iam:List${name}Policies`]: readsLoose((input: Named, view) => {
      const { policies } = find(view, nameIn(input, kind));
      const { items, end } = iamPage(Object.keys(policies), input, (one) => one);
      return { PolicyNames: items, ...end };
    }),

    [`iam:Delete${name}Policy`]: guardedLoose((input: Inline, transaction) => {
      const entity = find(transaction, nameIn(input, kind));
      if (!Object.hasOwn(entity.policies, input.PolicyName)) throw noInline(input.PolicyName);
      put(transaction, { ...entity, policies: without(entity.policies, input.PolicyName) });
    }),

    [`iam:Attach${name}Policy`]: guardedLoose((input: Named & { PolicyArn: string }, transaction) => {
      const entity = find(transaction, nameIn(input, kind));
      const { arn } = attachablePolicy(transaction, input.PolicyArn);
      const { attachedPolicies = [] } = entity;
      if (attachedPolicies.includes(arn)) return;
      refuseBeyond(quotas.attachedPolicies, attachedPolicies.length, `PoliciesPer${name}`);
      put(transaction, { ...entity, attachedPolicies: [...attachedPolicies, arn] });
    }),

    [`iam:Detach${name}Policy`]: guardedLoose((input: Named & { PolicyArn: string }, transaction) => {
      const entity = find(transaction, nameIn(input, kind));
      const { attachedPolicies = [] } = entity;
      if (!attachedPolicies.includes(input.PolicyArn))
        throw noSuchEntity(`Policy ${input.PolicyArn} was not found.`);
      put(transaction, {
        ...entity,
        attachedPolicies: attachedPolicies.filter((arn) => arn !== input.PolicyArn),
      });
    }),

    [`iam:ListAttached${name}Policies`]: readsLoose((input: Named & { PathPrefix?: string }, view) => {
      const { attachedPolicies = [] } = find(view, nameIn(input, kind));
      const all = attachedPolicies
        .map((arn) => attachablePolicy(view, arn))
        .filter(({ path = '/' }) => path.startsWith(input.PathPrefix ?? '/'));
      const { items, end } = iamPage(all, input, ({ arn }) => arn);
      return {
        AttachedPolicies: items.map(({ policyName, arn }) => ({ PolicyName: policyName, PolicyArn: arn })),
        ...end,
      };
    }),
  };
}

export const entityPolicies = {
  ...ofKind(user),
  ...ofKind(group),
  ...ofKind(role),
} as unknown as IamHandlers<Names>;
