// Permissions: who may invoke a function without being a user of this account with a policy that says so.

import type { View } from '../../store/index.ts';
import { type Account, reads, writes } from '../api/handler.ts';
import { invalidParameter, resourceConflict, resourceNotFound } from '../protocol/lambda/exceptions.ts';
import { functionArn } from '../protocol/lambda/function-name.ts';
import type { CallInput } from '../protocol/services.ts';
import type { LambdaHandlers } from './functions.ts';
import { checkRevision, latestVersion, referenceOf, versionOf } from './lookup.ts';
import { notSupported } from './settings.ts';
import { type PolicyStatement, policyOf, putStatements, statementsOf } from './statements.ts';

type Added = CallInput<'lambda:AddPermission'>;

export const permissions = {
  'lambda:AddPermission': writes<'lambda:AddPermission'>((input, transaction, { account }) => {
    if (input.InvokedViaFunctionUrl !== undefined || input.FunctionUrlAuthType !== undefined)
      throw notSupported('A function URL');
    const { name, qualifier } = policyPlace(transaction, input, account);
    const policy = policyOf(transaction, name, qualifier);
    checkRevision(input.RevisionId, policy?.revisionId ?? '', 'GetPolicy');
    const statements = statementsOf(policy);
    if (statements.some(({ Sid }) => Sid === input.StatementId))
      throw resourceConflict(
        `The statement id (${input.StatementId}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
      );
    const statement = statementOf(input, functionArn(account, name, qualifier || null), account);
    putStatements(transaction, name, qualifier, [...statements, statement]);
    return { Statement: JSON.stringify(statement) };
  }),

  'lambda:RemovePermission': writes<'lambda:RemovePermission'>((input, transaction, { account }) => {
    const { name, qualifier } = policyPlace(transaction, input, account);
    const policy = policyOf(transaction, name, qualifier);
    if (policy === undefined) throw resourceNotFound('No policy is associated with the given resource.');
    checkRevision(input.RevisionId, policy.revisionId, 'GetPolicy');
    const statements = statementsOf(policy);
    const left = statements.filter(({ Sid }) => Sid !== input.StatementId);
    if (left.length === statements.length)
      throw resourceNotFound(`Statement ${input.StatementId} is not found in resource policy.`);
    putStatements(transaction, name, qualifier, left);
  }),

  'lambda:GetPolicy': reads<'lambda:GetPolicy'>((input, view, { account }) => {
    const { name, qualifier } = policyPlace(view, input, account);
    const policy = policyOf(view, name, qualifier);
    if (policy === undefined) throw resourceNotFound('The resource you requested does not exist.');
    return { Policy: policy.policy, RevisionId: policy.revisionId };
  }),
} satisfies Partial<LambdaHandlers>;

type Place = Pick<Added, 'FunctionName' | 'Qualifier'>;

/** @throws ResourceNotFoundException, InvalidParameterValueException */
function policyPlace(view: View, given: Place, account: Account): { name: string; qualifier: string } {
  const reference = referenceOf(given, account);
  versionOf(view, reference, account);
  if (reference.qualifier === latestVersion)
    throw invalidParameter('We currently do not support adding policies for $LATEST.');
  return { name: reference.name, qualifier: reference.qualifier ?? '' };
}

function statementOf(input: Added, resource: string, account: Account): PolicyStatement {
  const equals = {
    ...(input.SourceAccount === undefined ? {} : { 'AWS:SourceAccount': input.SourceAccount }),
    ...(input.EventSourceToken === undefined ? {} : { 'lambda:EventSourceToken': input.EventSourceToken }),
    ...(input.PrincipalOrgID === undefined ? {} : { 'aws:PrincipalOrgID': input.PrincipalOrgID }),
  };
  const condition = {
    ...(Object.keys(equals).length === 0 ? {} : { StringEquals: equals }),
    ...(input.SourceArn === undefined ? {} : { ArnLike: { 'AWS:SourceArn': input.SourceArn } }),
  };
  return {
    Sid: input.StatementId,
    Effect: 'Allow',
    Principal: principalOf(input.Principal, account),
    Action: input.Action,
    Resource: resource,
    ...(Object.keys(condition).length === 0 ? {} : { Condition: condition }),
  };
}

/** A service, an account, a user or role of one, or everybody. */
function principalOf(given: string, { partition }: Account): PolicyStatement['Principal'] {
  if (given === '*') return '*';
  if (/^\d{12}$/.test(given)) return { AWS: `arn:${partition}:iam::${given}:root` };
  if (/^arn:aws[a-z-]*:(iam|sts)::\d{12}:.+$/.test(given)) return { AWS: given };
  if (/^[a-z0-9.-]+\.(amazonaws\.com(\.cn)?|amazon\.com|aws\.internal)$/.test(given))
    return { Service: given };
  throw invalidParameter('The provided principal was invalid. Please check the principal and try again.');
}
