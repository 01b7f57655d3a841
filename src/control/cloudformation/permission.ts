// AWS::Lambda::Permission: a statement of a function's policy, where the function is there.

import type { Transaction } from '../../store/index.ts';
import { permissions } from '../lambda/permissions.ts';
import { policyOf, putStatements, statementsOf } from '../lambda/statements.ts';
import { badRequest } from '../protocol/exceptions.ts';
import { readFunctionName } from '../protocol/lambda/function-name.ts';
import { lambdaOperations } from '../protocol/lambda/operations.ts';
import type { Made, Making } from './making.ts';
import { inputOf } from './properties.ts';
import type { TemplateResource } from './read-template.ts';

/** A function that is not there is told of: who makes it later permits it then. */
export function makePermission(resource: TemplateResource, making: Making): Made {
  const { transaction, context, names, warn } = making;
  const input = inputOf(resource, lambdaOperations.AddPermission.members, names);
  const given = String(input.FunctionName ?? '');
  const named = readFunctionName(given);
  if (named === null) throw badRequest(`"${given}" is no name of a function`);
  const apiIds = [...names.values()].map(({ attribute }) => attribute('ApiId'));
  const apiId = apiIds.find((id) => id !== undefined) ?? '';
  const statementId = `${apiId}-${resource.logicalId}`;
  const isThere = transaction.get('lambdaFunction', '', named.name) !== undefined;
  if (isThere) {
    removeStatement(transaction, named.name, named.qualifier ?? '', statementId);
    const add = permissions['lambda:AddPermission'];
    if (add.mode !== 'write') throw new TypeError('AddPermission is no write');
    add.run({ ...input, StatementId: statementId } as never, transaction, context);
  } else
    warn(
      resource,
      `${resource.logicalId}: there is no function "${named.name}" yet, so nothing was permitted; import again when it is there`,
    );
  const storeId = `${named.name}:${named.qualifier ?? ''}:${statementId}`;
  return {
    resource: { type: resource.type, storeId, ref: statementId },
    named: { ref: statementId, attribute: (name) => (name === 'Id' ? statementId : undefined) },
  };
}

/** @param storeId - of the record */
export function removePermission(transaction: Transaction, storeId: string): void {
  const [name = '', qualifier = '', statementId = ''] = storeId.split(':');
  removeStatement(transaction, name, qualifier, statementId);
}

function removeStatement(
  transaction: Transaction,
  name: string,
  qualifier: string,
  statementId: string,
): void {
  const statements = statementsOf(policyOf(transaction, name, qualifier));
  const left = statements.filter(({ Sid }) => Sid !== statementId);
  if (left.length < statements.length) putStatements(transaction, name, qualifier, left);
}
