// One resource of a template made by the operation that makes it, under the id that it had.

import type { Context, Handler } from '../api/handler.ts';
import { v2Handlers } from '../api2/index.ts';
import { partOf } from '../api2/lookup.ts';
import { present } from '../api2/members.ts';
import { presentDeployment } from '../api2/wire.ts';
import { apigatewayv2Operations } from '../protocol/apigatewayv2/operations.ts';
import { checkMembers, validationFailed } from '../protocol/constraints.ts';
import { badRequest } from '../protocol/exceptions.ts';
import type { Members } from '../protocol/shape.ts';
import type { Made, Making } from './making.ts';
import { inputOf } from './properties.ts';
import type { TemplateResource } from './read-template.ts';
import { logicalIdTag, type MadeResource } from './template-record.ts';
import { templateTypes } from './template-types.ts';

/** @throws TemplateError, AwsException */
export function makePart(
  resource: TemplateResource,
  wanted: { readonly apiId?: string; readonly name?: string },
  making: Making,
): Made {
  const { logicalId, type } = resource;
  const { create, kind: _, ref: refMember, ...rest } = templateTypes[type];
  if (create === null) throw new TypeError(`${type} is no part of an API`);
  const { members } = apigatewayv2Operations[create];
  const input = inputOf(resource, members, making.names);
  if ('tags' in members) input.tags = { ...(input.tags as object | undefined), [logicalIdTag]: logicalId };
  if (create === 'CreateApi') Object.assign(input, apiAsWanted(input, wanted, making));
  check(input, members);
  const apiId = String(input.apiId ?? '');
  const old = making.record.get(logicalId);
  // One of another type is no old one.
  const before = old?.type === type ? old : undefined;
  const answer = remade(create, apiId, input, before, making);
  const ref = String(answer[refMember]);
  const owner = 'owner' in rest ? `${String(input[rest.owner])}/` : '';
  return {
    resource: { type, storeId: owner + ref, ref },
    named: {
      ref,
      attribute: (name) => {
        const value = answer[name.charAt(0).toLowerCase() + name.slice(1)];
        return typeof value === 'string' ? value : name === 'Id' ? ref : undefined;
      },
    },
  };
}

type Answer = Readonly<Record<string, unknown>>;
type CreateName = Exclude<(typeof templateTypes)[keyof typeof templateTypes]['create'], null>;

function check(input: Readonly<Record<string, unknown>>, members: Members): void {
  const failures: string[] = [];
  checkMembers(members, (_, name) => name)?.(input, '', failures);
  if (failures.length > 0) throw validationFailed(failures);
}

/** What is there keeps its dates, and what others have set in it. */
function remade(
  create: CreateName,
  apiId: string,
  input: Readonly<Record<string, unknown>>,
  before: MadeResource | undefined,
  making: Making,
): Answer {
  switch (create) {
    case 'CreateDeployment':
      return deployed(apiId, input, before, making);
    case 'CreateApi':
      return remadeApi(input, making);
    case 'CreateStage':
      return remadeStage(apiId, input, before, making);
    default:
      return run(create, input, before?.ref, making);
  }
}

/** A template that is taken over again deploys what has changed, where AWS would keep the deployment that it has. */
function deployed(
  apiId: string,
  input: Readonly<Record<string, unknown>>,
  before: MadeResource | undefined,
  making: Making,
): Answer {
  const { transaction, context, isChanged } = making;
  const old = before === undefined ? undefined : transaction.get('v2Deployment', apiId, before.storeId);
  if (old === undefined || isChanged() || old.description !== input.description)
    return run('CreateDeployment', input, undefined, making);
  const { stageName } = input;
  if (typeof stageName === 'string') {
    const stage = partOf(transaction, 'v2Stage', apiId, stageName, context.account);
    transaction.put('v2Stage', apiId, stageName, { ...stage, deploymentId: old.deploymentId });
  }
  return presentDeployment(old);
}

function remadeApi(input: object, making: Making): Answer {
  const { transaction, existing } = making;
  if (existing === null) return run('CreateApi', input, undefined, making);
  const { createdDate, protocolType } = transaction.get('v2Api', '', existing)!;
  transaction.remove('v2Api', '', existing);
  const answer = run('CreateApi', input, existing, making);
  if (answer.protocolType !== protocolType)
    throw badRequest(`The API "${existing}" is of the protocol ${protocolType}`);
  transaction.put('v2Api', '', existing, { ...transaction.get('v2Api', '', existing)!, createdDate });
  return answer;
}

/** Its name and id, where they were asked for; the id of one that is there is not the template's to change. */
function apiAsWanted(
  input: Readonly<Record<string, unknown>>,
  { apiId, name }: { readonly apiId?: string; readonly name?: string },
  { transaction, existing }: Making,
): Readonly<Record<string, unknown>> {
  const { _custom_id_: given, ...tags } = input.tags as Readonly<Record<string, string>>;
  const before = existing === null ? undefined : transaction.get('v2Api', '', existing)?.tags?._custom_id_;
  const id = existing === null ? (apiId ?? given) : before;
  return {
    tags: { ...tags, ...(id === undefined ? {} : { _custom_id_: id }) },
    ...(name === undefined ? {} : { name }),
  };
}

function remadeStage(apiId: string, input: object, before: MadeResource | undefined, making: Making): Answer {
  const { transaction } = making;
  const old = before === undefined ? undefined : transaction.get('v2Stage', apiId, before.storeId);
  if (old !== undefined) transaction.remove('v2Stage', apiId, old.stageName);
  const answer = run('CreateStage', input, undefined, making);
  const stage = transaction.get('v2Stage', apiId, String(answer.stageName))!;
  if (old?.stageName !== stage.stageName) return answer;
  const { deploymentId = old.deploymentId, lastDeploymentStatusMessage = old.lastDeploymentStatusMessage } =
    stage;
  transaction.put('v2Stage', apiId, stage.stageName, {
    ...stage,
    ...present({ deploymentId, lastDeploymentStatusMessage }),
    createdDate: old.createdDate,
  });
  return answer;
}

function run(create: CreateName, input: object, id: string | undefined, making: Making): Answer {
  const { transaction, context } = making;
  const handler = v2Handlers[`apigatewayv2:${create}`] as Handler;
  if (handler.mode !== 'write') throw new TypeError(`${create} is no write`);
  const operation = `apigatewayv2:${create}` as const;
  return handler.run(input as never, transaction, {
    ...context,
    newId: idsFrom(id, context),
    operation,
  }) as Answer;
}

/** The first id that is asked for is the one that it had. */
function idsFrom(ref: string | undefined, context: Context): Context['newId'] {
  let left = ref;
  return (length) => {
    const id = left ?? context.newId(length);
    left = undefined;
    return id;
  };
}
