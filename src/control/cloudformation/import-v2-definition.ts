// A template with an API of the second version becomes that API, deployed: through the operations that its makers would
// call one after the other, all in one transaction. Imported again, it brings the API up to date.

import type { Transaction } from '../../store/index.ts';
import type { Caller, Context } from '../api/handler.ts';
import type { ControlPlane } from '../control-plane.ts';
import { handlerOf } from '../handlers.ts';
import { badRequest } from '../protocol/exceptions.ts';
import { type CallName, callNamed } from '../protocol/services.ts';
import type { Members, ShapeKind } from '../protocol/shape.ts';
import { readTemplate, resolved, type Template, type TemplateResource } from './template.ts';

export interface ImportV2Definition {
  /** CloudFormation, JSON. */
  readonly text: string;
  /** The API to update or make. Default: the one of the same name, else a new one. */
  readonly apiId?: string;
  /** In place of the template's. */
  readonly name?: string;
  /** Of the template. */
  readonly parameters?: Readonly<Record<string, string>>;
}

export interface ImportedV2Definition {
  readonly apiId: string;
  readonly name: string;
  readonly protocolType: 'WEBSOCKET' | 'HTTP';
  readonly deploymentId: string | null;
  readonly stages: readonly string[];
}

interface Kind {
  /** What the operation is called with: names of its path, in order, and the property that has each. */
  readonly labels: readonly string[];
  readonly create: CallName;
  /** The member of the answer that `Ref` stands for. */
  readonly id: string;
}

const prefix = 'AWS::ApiGatewayV2::';
/** In the order in which they are made: what comes later refers to what comes first. */
const kinds: Readonly<Record<string, Kind>> = {
  Model: { labels: ['apiId'], create: 'apigatewayv2:CreateModel', id: 'modelId' },
  Authorizer: { labels: ['apiId'], create: 'apigatewayv2:CreateAuthorizer', id: 'authorizerId' },
  Integration: { labels: ['apiId'], create: 'apigatewayv2:CreateIntegration', id: 'integrationId' },
  IntegrationResponse: {
    labels: ['apiId', 'integrationId'],
    create: 'apigatewayv2:CreateIntegrationResponse',
    id: 'integrationResponseId',
  },
  Route: { labels: ['apiId'], create: 'apigatewayv2:CreateRoute', id: 'routeId' },
  RouteResponse: {
    labels: ['apiId', 'routeId'],
    create: 'apigatewayv2:CreateRouteResponse',
    id: 'routeResponseId',
  },
  Deployment: { labels: ['apiId'], create: 'apigatewayv2:CreateDeployment', id: 'deploymentId' },
  Stage: { labels: ['apiId'], create: 'apigatewayv2:CreateStage', id: 'stageName' },
};

/** What a new import takes away first, in this order: routes name the others. */
const replaced = [
  ['v2Route', 'apigatewayv2:DeleteRoute', 'routeId'],
  ['v2Integration', 'apigatewayv2:DeleteIntegration', 'integrationId'],
  ['v2Authorizer', 'apigatewayv2:DeleteAuthorizer', 'authorizerId'],
  ['v2Model', 'apigatewayv2:DeleteModel', 'modelId'],
] as const;

/** @throws (rejects) BadRequestException, and what the operations refuse; nothing has changed then */
export async function importV2Definition(
  wanted: ImportV2Definition,
  { services, code }: ControlPlane,
  caller: Caller,
): Promise<ImportedV2Definition> {
  const template = readTemplate(wanted.text, wanted.parameters ?? {});
  return await services.store.write((transaction) => {
    const context = { ...services, code, caller };
    return new Import(wanted, template, transaction, context).run();
  });
}

type Input = Readonly<Record<string, unknown>>;
type Answer = Readonly<Record<string, string>>;

class Import {
  readonly #wanted: ImportV2Definition;
  readonly #template: Template;
  readonly #transaction: Transaction;
  readonly #context: Omit<Context, 'operation'>;
  /** Resource -> what `Ref` of it stands for. */
  readonly #made = new Map<string, string>();

  constructor(
    wanted: ImportV2Definition,
    template: Template,
    transaction: Transaction,
    context: Omit<Context, 'operation'>,
  ) {
    this.#wanted = wanted;
    this.#template = template;
    this.#transaction = transaction;
    this.#context = context;
  }

  run(): ImportedV2Definition {
    const { resources } = this.#template;
    for (const { id, type } of resources)
      if (type !== `${prefix}Api` && kindOf(type) === undefined)
        throw badRequest(`Resource "${id}" is of the type ${type}, which is not supported here`);
    const apis = resources.filter(({ type }) => type === `${prefix}Api`);
    if (apis.length !== 1)
      throw badRequest(
        `The template has ${apis.length} resources of the type ${prefix}Api; it must have one`,
      );
    const api = this.#putApi(apis[0]!);
    for (const name of Object.keys(kinds))
      for (const resource of resources)
        if (resource.type === prefix + name) this.#create(resource, kinds[name]!);
    const idsOf = (name: string): string[] =>
      resources.filter(({ type }) => type === prefix + name).map(({ id }) => this.#made.get(id)!);
    return {
      apiId: api.apiId!,
      name: api.name!,
      protocolType: api.protocolType as ImportedV2Definition['protocolType'],
      deploymentId: idsOf('Deployment').at(-1) ?? null,
      stages: idsOf('Stage'),
    };
  }

  #putApi(resource: TemplateResource): Answer {
    const { members } = callNamed('apigatewayv2:CreateApi').operation;
    const given = membersOf(members, this.#resolved(resource), resource.id);
    const properties = { ...given, ...(this.#wanted.name === undefined ? {} : { name: this.#wanted.name }) };
    const existing = this.#existing(String(properties.name));
    const api = existing === null ? this.#createApi(properties) : this.#updateApi(existing, properties);
    this.#made.set(resource.id, api.apiId!);
    return api;
  }

  /** The API that is brought up to date; null for a new one. */
  #existing(name: string): string | null {
    const { apiId } = this.#wanted;
    if (apiId !== undefined) return this.#transaction.get('v2Api', '', apiId) === undefined ? null : apiId;
    const same = this.#transaction.list('v2Api', '').filter((api) => api.name === name);
    if (same.length <= 1) return same[0]?.apiId ?? null;
    const ids = same.map((api) => api.apiId).join(', ');
    throw badRequest(`${same.length} APIs are named "${name}" (${ids}); say which one by its id`);
  }

  #createApi(properties: Input): Answer {
    const { apiId } = this.#wanted;
    const tags = { ...(properties.tags as object), ...(apiId === undefined ? {} : { _custom_id_: apiId }) };
    return this.#call('apigatewayv2:CreateApi', [], { ...properties, tags });
  }

  #updateApi(apiId: string, { tags, protocolType, ...properties }: Input): Answer {
    const before = this.#transaction.get('v2Api', '', apiId)!;
    if (before.protocolType !== protocolType)
      throw badRequest(`The API "${apiId}" is of the protocol ${before.protocolType}`);
    const arn = this.#arnOf(`/apis/${apiId}`);
    if (tags !== undefined) this.#call('apigatewayv2:TagResource', [arn], { tags });
    for (const [kind, name, id] of replaced)
      for (const one of this.#transaction.list(kind, apiId))
        this.#call(name, [apiId, (one as unknown as Answer)[id]!], {});
    return this.#call('apigatewayv2:UpdateApi', [apiId], properties);
  }

  #arnOf(path: string): string {
    const { partition, region } = this.#context.account;
    return `arn:${partition}:apigateway:${region}::${path}`;
  }

  #create(resource: TemplateResource, { labels, create, id }: Kind): void {
    const { members } = callNamed(create).operation;
    const given = membersOf(members, this.#resolved(resource), resource.id);
    const values = labels.map((label) => String(given[label] ?? ''));
    const input = Object.fromEntries(Object.entries(given).filter(([name]) => !labels.includes(name)));
    const [apiId, stageName] = [values[0]!, String(input.stageName)];
    const isThere =
      create === 'apigatewayv2:CreateStage' &&
      this.#transaction.get('v2Stage', apiId, stageName) !== undefined;
    const answer = isThere ? this.#updateStage(apiId, stageName, input) : this.#call(create, values, input);
    this.#made.set(resource.id, answer[id]!);
  }

  #updateStage(apiId: string, stageName: string, { stageName: _, tags, ...input }: Input): Answer {
    if (tags !== undefined) {
      const arn = this.#arnOf(`/apis/${apiId}/stages/${stageName}`);
      this.#call('apigatewayv2:TagResource', [arn], { tags });
    }
    return this.#call('apigatewayv2:UpdateStage', [apiId, stageName], input);
  }

  #resolved({ id, properties }: TemplateResource): Input {
    const { region, accountId, partition } = this.#context.account;
    const pseudo: Readonly<Record<string, string>> = {
      'AWS::Region': region,
      'AWS::AccountId': accountId,
      'AWS::Partition': partition,
      'AWS::URLSuffix': 'amazonaws.com',
    };
    const resolve = (name: string): string | undefined =>
      this.#made.get(name) ??
      this.#template.parameters.get(name) ??
      (Object.hasOwn(pseudo, name) ? pseudo[name] : undefined);
    return resolved(properties, resolve, `Resource "${id}"`) as Input;
  }

  /** As the wire would: types and constraints are checked first. */
  #call(name: CallName, labels: readonly string[], given: Input): Answer {
    const known = callNamed(name);
    const input = known.decode({ labels, query: [], fields: [], body: new Uint8Array(0), json: () => given });
    const handler = handlerOf(name);
    if (handler.mode !== 'write') throw new Error(`${name} is no write`);
    const context = { ...this.#context, operation: name };
    return handler.run(input as never, this.#transaction, context) as Answer;
  }
}

const kindOf = (type: string): Kind | undefined => {
  const name = type.slice(prefix.length);
  return type.startsWith(prefix) && Object.hasOwn(kinds, name) ? kinds[name] : undefined;
};

/** Properties as members of an operation: `RouteKey` -> `routeKey`. @throws BadRequestException for unknown ones */
function membersOf(members: Members, properties: Input, resource: string): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (const [property, value] of Object.entries(properties)) {
    const name = property[0]!.toLowerCase() + property.slice(1);
    const member = Object.hasOwn(members, name) ? members[name] : undefined;
    if (member === undefined)
      throw badRequest(`Resource "${resource}" has an unknown property "${property}"`);
    given[name] = spelled(member.shape, value, resource);
  }
  return given;
}

/** Names of structures are spelled in another way; keys of maps are their owner's. */
function spelled(shape: ShapeKind, value: unknown, resource: string): unknown {
  if (shape.type === 'string' && typeof value === 'object' && value !== null) return JSON.stringify(value);
  if (shape.type === 'structure') return membersOf(shape.members, objectOf(value, resource), resource);
  if (shape.type === 'map')
    return Object.fromEntries(
      Object.entries(objectOf(value, resource)).map(([key, entry]) => [
        key,
        spelled(shape.value, entry, resource),
      ]),
    );
  return value;
}

function objectOf(value: unknown, resource: string): Input {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Input;
  throw badRequest(`Resource "${resource}" has a value where names and values are expected`);
}
