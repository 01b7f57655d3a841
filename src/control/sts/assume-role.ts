// AssumeRole: temporary credentials with a role's permissions, for those whom its trust policy lets. They are written
// nowhere; see docs/decisions/temporary-credentials.md.

import type { Session } from '../../base/session-token.ts';
import {
  type AccessRequest,
  type ContextValue,
  compilePolicy,
  type Policy,
  type PrincipalName,
} from '../../policy/index.ts';
import type { IamRole } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import { malformedPolicy } from '../access/access-error.ts';
import { checkDocument } from '../access/check-document.ts';
import { acts, type Context } from '../api/handler.ts';
import { tagsWith } from '../iam/rules.ts';
import { managedPolicy } from '../identity/managed-policies.ts';
import { AccessDenied, AwsException, validation } from '../protocol/exceptions.ts';
import type { CallInput } from '../protocol/services.ts';
import { iamArn } from '../user-arn.ts';
import { issue } from './issue.ts';

type Input = CallInput<'sts:AssumeRole'>;

/** Seconds; who has a session already gets no more than this for the next. */
const chainedSecondsMax = 3_600;
const policyCharactersMax = 2_048;
const policyArnsMax = 10;

export const assumeRole = acts<'sts:AssumeRole'>(async (input, context) => {
  const { view } = context.store;
  if (input.SerialNumber !== undefined || input.TokenCode !== undefined)
    throw refused(context, 'MultiFactorAuthentication failed, there are no MFA devices.');
  if (input.ProvidedContexts !== undefined) throw validation('ProvidedContexts are not supported');
  checkSessionPolicies(input, view);
  const role = roleNamed(view, input.RoleArn, context);
  const tags = sessionTags(input, context);
  // A role that is not there is refused as one that does not trust the caller: nobody learns which there are.
  const asked = (action: string): void => {
    if (role === undefined || !isLetIn(role, action, input, tags, context))
      throw refused(
        context,
        `User: ${context.caller.arn} is not authorized to perform: ${action} on resource: ${input.RoleArn}`,
      );
  };
  asked('sts:AssumeRole');
  if (Object.keys(tags.all).length > 0) asked('sts:TagSession');
  const parent = context.caller.identity?.signer.session?.session;
  const sourceIdentity = input.SourceIdentity ?? parent?.sourceIdentity;
  if (input.SourceIdentity !== undefined) {
    asked('sts:SetSourceIdentity');
    if (parent?.sourceIdentity !== undefined && parent.sourceIdentity !== input.SourceIdentity)
      throw refused(context, 'The source identity of a session cannot be changed.');
  }
  const { roleId, roleName } = role!;
  const isChained = parent?.roleId !== undefined;
  const issuedAt = Math.floor(Date.parse(context.now()) / 1000);
  const session: Session = {
    roleId,
    sessionName: input.RoleSessionName,
    issuedAt,
    expiresAt: issuedAt + secondsOf(input, role!, isChained),
    ...(input.Policy === undefined ? {} : { policies: [input.Policy] }),
    ...(input.PolicyArns === undefined || input.PolicyArns.length === 0
      ? {}
      : { policyArns: input.PolicyArns.map(({ arn = '' }) => arn) }),
    ...(Object.keys(tags.all).length === 0 ? {} : { tags: tags.all, transitiveTagKeys: tags.transitive }),
    ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
  };
  const { partition, accountId } = context.account;
  return {
    Credentials: await issue(session, context),
    AssumedRoleUser: {
      AssumedRoleId: `${roleId}:${input.RoleSessionName}`,
      Arn: `arn:${partition}:sts::${accountId}:assumed-role/${roleName}/${input.RoleSessionName}`,
    },
    PackedPolicySize:
      input.Policy === undefined ? undefined : Math.ceil((input.Policy.length * 100) / policyCharactersMax),
    SourceIdentity: sourceIdentity,
  };
});

const refused = ({ caller }: Context, message: string) => new AccessDenied(message, caller);

function roleNamed(view: View, arn: string, { account }: Context): IamRole | undefined {
  const role = view.get('iamRole', '', arn.slice(arn.lastIndexOf('/') + 1));
  return role !== undefined && iamArn(account, 'role', role.roleName, role.path) === arn ? role : undefined;
}

/** @throws MalformedPolicyDocument 400, PackedPolicyTooLarge 400 */
function checkSessionPolicies({ Policy, PolicyArns = [] }: Input, view: View): void {
  if (Policy !== undefined) {
    if (Policy.length > policyCharactersMax)
      throw new AwsException(
        'PackedPolicyTooLarge',
        400,
        `Packed size of session policy exceeds limit: ${policyCharactersMax} characters`,
      );
    checkDocument(Policy);
  }
  if (PolicyArns.length > policyArnsMax)
    throw validation(`At most ${policyArnsMax} managed policies may be given as session policies`);
  for (const { arn } of PolicyArns)
    if (arn === undefined || managedPolicy(view, arn) === undefined)
      throw malformedPolicy(`The policy ${arn ?? ''} does not exist`);
}

interface SessionTags {
  readonly all: Readonly<Record<string, string>>;
  readonly transitive: readonly string[];
}

/** Those that are given, and the transitive ones of the session that asks, which nobody can take away. */
function sessionTags({ Tags = [], TransitiveTagKeys = [] }: Input, { caller }: Context): SessionTags {
  const given = tagsWith({}, Tags);
  const parent = caller.identity?.signer.session?.session;
  const kept = parent?.transitiveTagKeys ?? [];
  const inherited = Object.fromEntries(kept.map((key) => [key, parent?.tags?.[key] ?? '']));
  for (const key of Object.keys(given))
    if (kept.some((one) => one.toLowerCase() === key.toLowerCase()))
      throw new AwsException(
        'InvalidParameterValue',
        400,
        `The tag ${key} is transitive and cannot be changed`,
      );
  for (const key of TransitiveTagKeys)
    if (!Object.hasOwn(given, key))
      throw new AwsException(
        'InvalidParameterValue',
        400,
        `The specified transitive tag key ${key} is not a tag`,
      );
  return { all: { ...given, ...inherited }, transitive: [...kept, ...TransitiveTagKeys] };
}

const trustPolicies = new WeakMap<IamRole, Policy>();

function trustOf(role: IamRole): Policy {
  let policy = trustPolicies.get(role);
  if (policy === undefined) {
    try {
      policy = compilePolicy(role.assumeRolePolicy, 'trust');
    } catch {
      policy = { evaluate: () => 'deny' };
    }
    trustPolicies.set(role, policy);
  }
  return policy;
}

/**
 * Whether a caller may do this to a role. The trust policy must let them, and so must their own policies; of somebody whom
 * the trust policy names, and not only the account, their own need not. Nothing may deny it.
 *
 * @see IAM User Guide, "Policy evaluation logic": role trust policies
 */
function isLetIn(role: IamRole, action: string, input: Input, tags: SessionTags, context: Context): boolean {
  const { identity } = context.caller;
  const ofSession = contextOf(input, tags);
  const request = (principals: readonly PrincipalName[]): AccessRequest => ({
    action,
    resource: input.RoleArn,
    context: (key) => ofSession(key) ?? identity?.context(key),
    principals,
  });
  const trust = trustOf(role);
  // Who needs no signature on this machine stands for the account.
  if (identity === undefined)
    return trust.evaluate(request([{ type: 'AWS', id: context.caller.arn }])) === 'allow';
  const { principals, source } = identity.signer;
  const id = 'userId' in source ? source.userId : source.roleId;
  const names = principals.filter((name) => (role.trustedIds?.[name.id] ?? id) === id);
  // By an old name of somebody else's nobody is known; one of the account they are all the same.
  const accountName: PrincipalName = {
    type: 'AWS',
    id: `arn:${context.account.partition}:iam::${context.account.accountId}:root`,
  };
  if (trust.evaluate(request([...names, accountName])) !== 'allow') return false;
  const own = identity.decide(action, input.RoleArn, ofSession);
  if (own === 'deny') return false;
  const alone = names.map((name): PrincipalName => ({ ...name, isOnlyNamed: true }));
  return own === 'allow' || (isUnlimited(context) && trust.evaluate(request(alone)) === 'allow');
}

/** What a boundary or a session's policy does not allow, no trust policy does. */
const isUnlimited = ({ caller }: Context): boolean => caller.identity!.signer.permissions.limits.length === 0;

/** Condition keys of the request itself. */
function contextOf(input: Input, tags: SessionTags): (key: string) => ContextValue | undefined {
  const keys = new Map<string, ContextValue | undefined>([
    ['sts:rolesessionname', input.RoleSessionName],
    ['sts:externalid', input.ExternalId],
    ['sts:sourceidentity', input.SourceIdentity],
    ['sts:transitivetagkeys', tags.transitive],
    ['aws:tagkeys', Object.keys(tags.all)],
    ...Object.entries(tags.all).map(
      ([name, value]) => [`aws:requesttag/${name.toLowerCase()}`, value] as [string, string],
    ),
  ]);
  return (key) => keys.get(key);
}

/** @throws ValidationError 400 */
function secondsOf({ DurationSeconds }: Input, role: IamRole, isChained: boolean): number {
  const seconds = DurationSeconds ?? chainedSecondsMax;
  if (isChained && seconds > chainedSecondsMax)
    throw validation(
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
    );
  if (seconds > role.maxSessionSeconds)
    throw validation('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
  return seconds;
}
