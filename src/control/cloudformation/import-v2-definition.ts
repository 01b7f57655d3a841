// A CloudFormation template with an API of the second version becomes that API, deployed, all in one transaction: through
// the operations that its makers would call. Imported again, it brings the API up to date in its place: parts keep the
// ids that their logical ids had, open connections stay.

import { readPublishedState } from '../../resources/snapshot-file.ts';
import type { Transaction } from '../../store/index.ts';
import type { Caller, Context } from '../api/handler.ts';
import { v2ApiOf } from '../api2/lookup.ts';
import { presentApi } from '../api2/wire.ts';
import type { ControlPlane } from '../control-plane.ts';
import { DeploymentRefusedError } from '../deployment/deploy-definition.ts';
import { autoDeploy, withoutDeploying } from '../deployment/v2-deploy.ts';
import { hasErrors, type Problem, sortProblems } from '../openapi/index.ts';
import { AwsException, badRequest } from '../protocol/exceptions.ts';
import { definitionPrint } from './definition-print.ts';
import { makePart } from './make-part.ts';
import type { Made, Making } from './making.ts';
import { makePermission } from './permission.ts';
import { readTemplate, type Template, type TemplateResource } from './read-template.ts';
import { type Named, resolve, TemplateError } from './resolve.ts';
import { removeVanished, takeApart } from './take-apart.ts';
import { type MadeResource, putRecord, readRecord } from './template-record.ts';

export interface ImportV2Definition {
  /** CloudFormation, JSON or YAML. */
  readonly text: string;
  /** The API to update or make. Default: the one of the same name, else a new one. */
  readonly apiId?: string;
  /** In place of the template's. */
  readonly name?: string;
  /** In place of the defaults of the template's. */
  readonly parameters?: Readonly<Record<string, string>>;
}

export interface ImportedV2Definition {
  readonly apiId: string;
  readonly name: string;
  readonly protocolType: 'WEBSOCKET' | 'HTTP';
  readonly apiEndpoint: string;
  /** `unchanged`: nothing that a deployment freezes is another than before. */
  readonly outcome: 'created' | 'updated' | 'unchanged';
  /** Of the template's own deployment; null when it has none. */
  readonly deploymentId: string | null;
  /** Of the template. */
  readonly stages: readonly string[];
  readonly outputs: Readonly<Record<string, string>>;
  /** Of the published state that has it. */
  readonly revision: number;
  /** Warnings and notices, by line. */
  readonly problems: readonly Problem[];
}

/**
 * @throws (rejects) DeploymentRefusedError with all that is wrong with the text, or the first thing that an operation
 *   refuses, by line; BadRequestException for what was asked. Nothing has changed then
 */
export async function importV2Definition(
  wanted: ImportV2Definition,
  { services, code, usage }: ControlPlane,
  caller: Caller,
): Promise<ImportedV2Definition> {
  const context: Context = { ...services, code, usage, caller, operation: 'apigatewayv2:CreateApi' };
  const { template, problems } = readTemplate(wanted.text);
  if (template === null || hasErrors(problems)) throw new DeploymentRefusedError(sortProblems(problems));
  const imported = await services.store.write((transaction) =>
    new Import(wanted, template, problems, transaction, context).run(),
  );
  return { ...imported, revision: readPublishedState(services.dataDir)?.revision ?? 0 };
}

class Import {
  readonly #wanted: ImportV2Definition;
  readonly #template: Template;
  readonly #problems: Problem[];
  readonly #transaction: Transaction;
  readonly #context: Context;
  readonly #names = new Map<string, Named>();
  readonly #made = new Map<string, MadeResource>();

  constructor(
    wanted: ImportV2Definition,
    template: Template,
    problems: readonly Problem[],
    transaction: Transaction,
    context: Context,
  ) {
    this.#wanted = wanted;
    this.#template = template;
    this.#problems = [...problems];
    this.#transaction = transaction;
    this.#context = context;
  }

  run(): Omit<ImportedV2Definition, 'revision'> {
    try {
      return this.#import();
    } catch (error) {
      throw this.#told(error, null);
    }
  }

  #import(): Omit<ImportedV2Definition, 'revision'> {
    const transaction = this.#transaction;
    const apis = this.#template.resources.filter(({ type }) => type === 'AWS::ApiGatewayV2::Api');
    const [api] = apis;
    if (api === undefined || apis.length > 1)
      throw badRequest(
        `The template has ${apis.length} resources of the type AWS::ApiGatewayV2::Api; it must have one`,
      );
    this.#nameParameters();
    const existing = this.#existing(api);
    const record = existing === null ? new Map() : readRecord(transaction, existing);
    const print = existing === null ? '' : definitionPrint(transaction, existing);
    const apiId = () => this.#made.get(api.logicalId)!.ref;
    const making: Making = {
      transaction,
      context: this.#context,
      existing,
      record,
      names: this.#names,
      isChanged: () => definitionPrint(transaction, apiId()) !== print,
      warn: ({ at }, message) => this.#problems.push(this.#template.problem(at, message, 'warning')),
    };
    withoutDeploying(transaction, () => {
      if (existing !== null) takeApart(transaction, existing);
      for (const resource of this.#template.resources) this.#make(resource, making);
    });
    removeVanished(transaction, apiId(), record, this.#made);
    const isChanged = making.isChanged();
    if (isChanged) autoDeploy(transaction, this.#context, apiId());
    putRecord(transaction, apiId(), this.#made);
    return {
      ...this.#answer(apiId()),
      outcome: existing === null ? 'created' : isChanged ? 'updated' : 'unchanged',
    };
  }

  #answer(id: string): Omit<ImportedV2Definition, 'revision' | 'outcome'> {
    const { account } = this.#context;
    const { apiId, name, protocolType, apiEndpoint } = presentApi(
      v2ApiOf(this.#transaction, id, account),
      account,
    );
    const refsOf = (type: string): string[] =>
      [...this.#made.values()].filter((one) => one.type === type).map(({ ref }) => ref);
    return {
      apiId,
      name,
      protocolType,
      apiEndpoint,
      deploymentId: refsOf('AWS::ApiGatewayV2::Deployment').at(-1) ?? null,
      stages: refsOf('AWS::ApiGatewayV2::Stage'),
      outputs: Object.fromEntries(
        this.#template.outputs.map(([output, value]) => [output, String(resolve(value, this.#names))]),
      ),
      problems: sortProblems(this.#problems),
    };
  }

  /** The API that is brought up to date; null for a new one. */
  #existing(api: TemplateResource): string | null {
    const { apiId, name } = this.#wanted;
    if (apiId !== undefined) return this.#transaction.get('v2Api', '', apiId) === undefined ? null : apiId;
    const nameAt = api.properties.find(([property]) => property === 'Name')?.[1];
    const wantedName = name ?? (nameAt === undefined ? '' : resolve(nameAt, this.#names));
    const same = this.#transaction.list('v2Api', '').filter((one) => one.name === wantedName);
    if (same.length <= 1) return same[0]?.apiId ?? null;
    const ids = same.map((one) => one.apiId).join(', ');
    throw badRequest(`${same.length} APIs are named "${wantedName}" (${ids}); say which one by its id`);
  }

  #make(resource: TemplateResource, making: Making): void {
    const { logicalId, type } = resource;
    try {
      const made: Made =
        type === 'AWS::Lambda::Permission'
          ? makePermission(resource, making)
          : makePart(resource, this.#wanted, making);
      this.#made.set(logicalId, made.resource);
      this.#names.set(logicalId, made.named);
    } catch (error) {
      throw this.#told(error, resource);
    }
  }

  /** What is wrong with the template, by its line; anything else as it is. */
  #told(error: unknown, resource: TemplateResource | null): unknown {
    const at = error instanceof TemplateError ? error.at : resource?.at;
    if (at === undefined || !(error instanceof TemplateError || error instanceof AwsException)) return error;
    const where = resource === null ? '' : `${resource.logicalId}: `;
    const problem = this.#template.problem(at, where + error.message);
    return new DeploymentRefusedError(sortProblems([...this.#problems, problem]));
  }

  /** @throws BadRequestException for one that the template has not; TemplateError for one without a value */
  #nameParameters(): void {
    const { partition, region, accountId } = this.#context.account;
    const values: Record<string, string> = {
      'AWS::AccountId': accountId,
      'AWS::Partition': partition,
      'AWS::Region': region,
      'AWS::URLSuffix': partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com',
    };
    const given = this.#wanted.parameters ?? {};
    const unknown = Object.keys(given).find((name) => !this.#template.parameters.has(name));
    if (unknown !== undefined) throw badRequest(`The template has no parameter "${unknown}"`);
    for (const [name, { at, default: fallback }] of this.#template.parameters) {
      const value = Object.hasOwn(given, name) ? given[name] : fallback?.word;
      if (value === undefined)
        throw new TemplateError(at, `The parameter "${name}" has neither a value nor a default`);
      values[name] = value;
    }
    for (const [name, ref] of Object.entries(values))
      this.#names.set(name, { ref, attribute: () => undefined });
  }
}
