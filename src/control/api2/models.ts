// Models: named JSON Schemas that routes check messages with.

import type { V2Model } from '../../resources/index.ts';
import type { Transaction, View } from '../../store/index.ts';
import { reads } from '../api/handler.ts';
import { checkSchema, modelsReferredTo } from '../api/model-schema.ts';
import { modelTemplate } from '../api/model-template.ts';
import { freshId } from '../api/tag-rules.ts';
import { badRequest, conflict } from '../protocol/exceptions.ts';
import { changes } from './changing.ts';
import type { V2Handlers } from './handlers.ts';
import { partOf, v2ApiOf } from './lookup.ts';
import { laidOver, present } from './members.ts';
import { itemsOf } from './paging.ts';

export const models = {
  'apigatewayv2:CreateModel': changes<'CreateModel'>((input, transaction, context) => {
    const { apiId, name, ...given } = input;
    const isTaken = (id: string) => transaction.get('v2Model', apiId, id) !== undefined;
    refuseTaken(transaction, apiId, name);
    return put(transaction, apiId, { modelId: freshId(6, isTaken, context), name, ...present(given) });
  }),

  'apigatewayv2:GetModel': reads<'apigatewayv2:GetModel'>(({ apiId, modelId }, view, { account }) =>
    partOf(view, 'v2Model', apiId, modelId, account),
  ),

  'apigatewayv2:GetModels': reads<'apigatewayv2:GetModels'>((input, view, { account }) => {
    v2ApiOf(view, input.apiId, account);
    return itemsOf(
      view.list('v2Model', input.apiId),
      input,
      ({ modelId }) => modelId,
      (model) => model,
    );
  }),

  'apigatewayv2:GetModelTemplate': reads<'apigatewayv2:GetModelTemplate'>(
    ({ apiId, modelId }, view, { account }) => {
      const { name, schema = '{}' } = partOf(view, 'v2Model', apiId, modelId, account);
      return { value: modelTemplate(name, schema, schemasOf(view, apiId)) };
    },
  ),

  'apigatewayv2:UpdateModel': changes<'UpdateModel'>((input, transaction, { account }) => {
    const { apiId, modelId, ...given } = input;
    const before = partOf(transaction, 'v2Model', apiId, modelId, account);
    const after = laidOver(before, given);
    if (after.name !== before.name) {
      refuseTaken(transaction, apiId, after.name);
      refuseWhileUsed(transaction, apiId, before.name, 'rename');
    }
    return put(transaction, apiId, after);
  }),

  'apigatewayv2:DeleteModel': changes<'DeleteModel'>(({ apiId, modelId }, transaction, { account }) => {
    const { name } = partOf(transaction, 'v2Model', apiId, modelId, account);
    refuseWhileUsed(transaction, apiId, name, 'delete');
    transaction.remove('v2Model', apiId, modelId);
  }),
} satisfies Partial<V2Handlers>;

function put(transaction: Transaction, apiId: string, model: V2Model): V2Model {
  if (!/^[A-Za-z0-9]+$/.test(model.name)) throw badRequest(`Model name must be alphanumeric: ${model.name}`);
  const others = schemasOf(transaction, apiId);
  checkSchema(model.schema, model.contentType ?? 'application/json', (name) =>
    name === model.name ? (model.schema ?? '') : others(name),
  );
  transaction.put('v2Model', apiId, model.modelId, model);
  return model;
}

/** Name -> schema text. */
const schemasOf = (view: View, apiId: string) => (name: string) =>
  view.list('v2Model', apiId).find((model) => model.name === name)?.schema;

function refuseTaken(view: View, apiId: string, name: string): void {
  if (view.list('v2Model', apiId).some((model) => model.name === name))
    throw conflict('Model name already exists for this API');
}

function refuseWhileUsed(view: View, apiId: string, name: string, act: 'delete' | 'rename'): void {
  const refuse = (where: string) => conflict(`Cannot ${act} model '${name}', is referenced in ${where}`);
  const keys = new Map(view.list('v2Route', apiId).map(({ routeId, routeKey }) => [routeId, routeKey]));
  for (const { routeKey, requestModels } of view.list('v2Route', apiId))
    if (Object.values(requestModels ?? {}).includes(name)) throw refuse(`route: ${routeKey}`);
  for (const { routeId, responseModels } of view.list('v2RouteResponse', apiId))
    if (Object.values(responseModels ?? {}).includes(name))
      throw refuse(`route response: ${keys.get(routeId)}`);
  const other = view
    .list('v2Model', apiId)
    .find((model) => model.name !== name && modelsReferredTo(model.schema).includes(name));
  if (other !== undefined) throw refuse(`model: ${other.name}`);
}
