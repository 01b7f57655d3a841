// Before a template is made anew: the API's parts go, so that it becomes exactly what the template says. After: what the
// template has made and has no more goes.

import type { Transaction } from '../../store/index.ts';
import { mappingsOf } from '../api2/apis.ts';
import { forgetStages } from '../api2/stage-uses.ts';
import { badRequest } from '../protocol/exceptions.ts';
import { removePermission } from './permission.ts';
import type { TemplateRecord } from './template-record.ts';

/** Removes all that nothing outside of the API names. */
export function takeApart(transaction: Transaction, apiId: string): void {
  transaction.removeAll('v2Route', apiId);
  transaction.removeAll('v2RouteResponse', apiId);
  transaction.removeAll('v2Integration', apiId);
  transaction.removeAll('v2IntegrationResponse', apiId);
  transaction.removeAll('v2Model', apiId);
  transaction.removeAll('v2Authorizer', apiId);
}

/**
 * @param made - what the template has now
 * @throws BadRequestException when a domain name leads to what would go
 */
export function removeVanished(
  transaction: Transaction,
  apiId: string,
  record: TemplateRecord,
  made: TemplateRecord,
): void {
  const kept = new Set([...made.values()].map(({ type, storeId }) => `${type} ${storeId}`));
  const gone = [...record.values()].filter(({ type, storeId }) => !kept.has(`${type} ${storeId}`));
  for (const { type, storeId } of gone) {
    if (type === 'AWS::Lambda::Permission') removePermission(transaction, storeId);
    if (type === 'AWS::ApiGatewayV2::Stage') removeStage(transaction, apiId, storeId);
  }
  const served = new Set(transaction.list('v2Stage', apiId).map(({ deploymentId }) => deploymentId));
  for (const { type, storeId } of gone)
    if (type === 'AWS::ApiGatewayV2::Deployment' && !served.has(storeId))
      transaction.remove('v2Deployment', apiId, storeId);
}

function removeStage(transaction: Transaction, apiId: string, stageName: string): void {
  if (mappingsOf(transaction, apiId, stageName).length > 0)
    throw badRequest(`The template has no stage ${stageName} any more, and a domain name leads to it`);
  forgetStages(transaction, apiId, (name) => name === stageName);
  transaction.remove('v2Stage', apiId, stageName);
}
