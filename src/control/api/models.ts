// Models: named JSON Schemas of an API, which methods and other models refer to.

import type { Model } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import { apiOf } from '../lookup.ts';
import { badRequest, conflict, notFound } from '../protocol/exceptions.ts';
import { page } from '../protocol/paging.ts';
import { type PatchTable, patchDocument, replaces } from '../protocol/patch.ts';
import { type Handlers, reads, writes } from './handler.ts';
import { methodsOf } from './methods-of-api.ts';
import { flattenedSchema } from './model-flatten.ts';
import { checkSchema, modelsReferredTo } from './model-schema.ts';
import { modelTemplate } from './model-template.ts';
import { textOrNothing } from './patch-values.ts';

export const models = {
  CreateModel: writes<'CreateModel'>((input, transaction, context) => {
    const { restApiId, name, schema, contentType } = input;
    const description = textOrNothing(input.description);
    apiOf(transaction, restApiId, context.account);
    checkName(name);
    if (transaction.get('model', restApiId, name) !== undefined)
      throw conflict('Model name already exists for this REST API');
    checkSchema(schema, contentType, schemasOf(transaction, restApiId, { name, schema: schema ?? '' }));
    const model: Model = {
      id: context.newId(6),
      name,
      ...(description === undefined ? {} : { description }),
      ...(schema === undefined ? {} : { schema }),
      contentType,
    };
    transaction.put('model', restApiId, name, model);
    return model;
  }),

  GetModel: reads<'GetModel'>(({ restApiId, modelName, flatten }, view) => {
    const model = modelOf(view, restApiId, modelName);
    if (flatten !== true || model.schema === undefined) return model;
    return { ...model, schema: flattenedSchema(modelName, model.schema, schemasOf(view, restApiId)) };
  }),

  GetModels: reads<'GetModels'>((input, view, { account }) => {
    apiOf(view, input.restApiId, account);
    return page(
      view.list('model', input.restApiId),
      input,
      ({ name }) => name,
      (model) => model,
    );
  }),

  GetModelTemplate: reads<'GetModelTemplate'>(({ restApiId, modelName }, view) => {
    const { schema } = modelOf(view, restApiId, modelName);
    return { value: modelTemplate(modelName, schema ?? '{}', schemasOf(view, restApiId)) };
  }),

  UpdateModel: writes<'UpdateModel'>((input, transaction) => {
    const { restApiId, modelName, patchOperations } = input;
    const model = modelOf(transaction, restApiId, modelName);
    const changed = patchDocument(model, patchOperations, patches);
    if (changed.schema !== model.schema) {
      const itself = { name: modelName, schema: changed.schema ?? '' };
      checkSchema(changed.schema, changed.contentType, schemasOf(transaction, restApiId, itself));
    }
    transaction.put('model', restApiId, modelName, changed);
    return changed;
  }),

  DeleteModel: writes<'DeleteModel'>(({ restApiId, modelName }, transaction) => {
    modelOf(transaction, restApiId, modelName);
    refuseWhileUsed(transaction, restApiId, modelName);
    transaction.remove('model', restApiId, modelName);
  }),
} satisfies Partial<Handlers>;

/** @throws NotFoundException `Invalid model name specified: X`, also when it is the API that is not there */
function modelOf(view: View, apiId: string, name: string): Model {
  const model = view.get('model', apiId, name);
  if (model === undefined) throw notFound(`Invalid model name specified: ${name}`);
  return model;
}

function checkName(name: string): void {
  if (name === '') throw badRequest('Model name must be non-empty');
  if (!/^[A-Za-z0-9]+$/.test(name)) throw badRequest(`Model name must be alphanumeric: ${name}`);
}

/** Name -> schema text of the API's models; `itself` is seen as it is about to be. */
const schemasOf =
  (view: View, apiId: string, itself?: { readonly name: string; readonly schema: string }) =>
  (name: string): string | undefined =>
    name === itself?.name ? itself.schema : view.get('model', apiId, name)?.schema;

function refuseWhileUsed(view: View, apiId: string, name: string): void {
  const refuse = (where: string, place: string) =>
    conflict(`Cannot delete model '${name}', is referenced in ${where}: ${place}`);
  for (const { path, verb, method } of methodsOf(view, apiId)) {
    const place = `${path}/${verb}`;
    if (Object.values(method.requestModels ?? {}).includes(name)) throw refuse('method request', place);
    const isInResponse = Object.values(method.methodResponses ?? {}).some(({ responseModels }) =>
      Object.values(responseModels ?? {}).includes(name),
    );
    if (isInResponse) throw refuse('method response', place);
  }
  const other = view
    .list('model', apiId)
    .find((model) => model.name !== name && modelsReferredTo(model.schema).includes(name));
  if (other !== undefined) throw refuse('model', other.name);
}

const patches: PatchTable<Model> = {
  rows: [
    replaces('/description', 'description', textOrNothing),
    // Without a value it is refused when the whole is checked.
    replaces('/schema', 'schema', (value) => value ?? ''),
  ],
};
