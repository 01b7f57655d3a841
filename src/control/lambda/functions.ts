// Functions: making, reading, changing and removing them.

import { presignQuery } from '../../base/sigv4/index.ts';
import type { FunctionConfiguration } from '../../resources/index.ts';
import { acts, type Context, FileAnswer, type Handlers, reads, writes } from '../api/handler.ts';
import type { InstalledCode } from '../code/code-store.ts';
import { invalidParameter, resourceConflict } from '../protocol/lambda/exceptions.ts';
import type { LambdaOperationName } from '../protocol/lambda/operations.ts';
import type { CallInput } from '../protocol/services.ts';
import { checkFunctionTags } from './function-tags.ts';
import {
  checkRevision,
  type FunctionReference,
  functionOf,
  latestVersion,
  noFunction,
  referenceOf,
  versionOf,
} from './lookup.ts';
import { markedPage } from './marker.ts';
import { presentConfiguration } from './present.ts';
import { notSupported, settingsDefault, settingsGiven } from './settings.ts';
import {
  newFunction,
  publishVersion,
  putFunction,
  removeFunction,
  removeQualified,
  withCode,
  withSettings,
} from './write-function.ts';

export type LambdaHandlers = Handlers<`lambda:${LambdaOperationName}`>;

/** How long the address of a function's code is good for; seconds. */
const locationSeconds = 600;

export const functions = {
  'lambda:CreateFunction': acts<'lambda:CreateFunction'>(async (input, context) => {
    const { account, store, now } = context;
    const { name } = newReference(input, context);
    const settings = settingsGiven(input, settingsDefault);
    refuseKinds(input);
    checkFunctionTags(input.Tags ?? {});
    const refuseTaken = (): void => {
      if (store.view.get('lambdaFunction', '', name) !== undefined)
        throw resourceConflict(`Function already exist: ${name}`);
    };
    refuseTaken();
    const code = await installed(input.Code, context);
    return store.write((transaction) => {
      // Somebody may have made it while the code was unpacked.
      refuseTaken();
      const more = {
        architectures: input.Architectures ?? ['x86_64'],
        ...(input.Tags === undefined ? {} : { tags: input.Tags }),
      };
      const latest = putFunction(transaction, newFunction(name, settings, code, more, now()));
      if (input.Publish !== true) return presentConfiguration(latest, account, null);
      const version = publishVersion(transaction, latest, undefined);
      return presentConfiguration(version, account, version.version);
    });
  }),

  'lambda:GetFunction': reads<'lambda:GetFunction'>((input, view, context) => {
    const { account } = context;
    const reference = referenceOf(input, account);
    const configuration = versionOf(view, reference, account);
    const { reservedConcurrentExecutions: reserved, tags } = functionOf(view, reference, account);
    return {
      Configuration: presentConfiguration(configuration, account, reference.qualifier),
      Code: { RepositoryType: 'S3', Location: locationOf(configuration, context) },
      Tags: tags,
      Concurrency: reserved === undefined ? undefined : { ReservedConcurrentExecutions: reserved },
    };
  }),

  'lambda:GetFunctionConfiguration': reads<'lambda:GetFunctionConfiguration'>((input, view, { account }) => {
    const reference = referenceOf(input, account);
    return presentConfiguration(versionOf(view, reference, account), account, reference.qualifier);
  }),

  'lambda:GetFunctionCode': acts<'lambda:GetFunctionCode'>(async (input, { account, store, code }) => {
    const { codeHash, functionName } = versionOf(store.view, referenceOf(input, account), account);
    const zip = await code.readZip(codeHash);
    return new FileAnswer('application/zip', `attachment; filename="${functionName}.zip"`, zip);
  }),

  'lambda:ListFunctions': reads<'lambda:ListFunctions'>((input, view, { account }) => {
    const isElsewhere = ![undefined, 'ALL', account.region].includes(input.MasterRegion);
    const all: readonly FunctionConfiguration[] = isElsewhere ? [] : view.list('lambdaFunction', '');
    const listed =
      input.FunctionVersion === 'ALL'
        ? all.flatMap((latest) => [latest, ...view.list('functionVersion', latest.functionName)])
        : all;
    const { items, next } = markedPage(listed, input, (one) => `${one.functionName}:${one.version}`);
    const qualifierOf = ({ version }: FunctionConfiguration) =>
      input.FunctionVersion === 'ALL' ? version : null;
    return {
      Functions: items.map((one) => presentConfiguration(one, account, qualifierOf(one))),
      NextMarker: next,
    };
  }),

  'lambda:UpdateFunctionCode': acts<'lambda:UpdateFunctionCode'>(async (input, context) => {
    const { account, store, now } = context;
    const reference = latestReference(input, context);
    const refuse = (): void =>
      checkRevision(
        input.RevisionId,
        functionOf(store.view, reference, account).revisionId,
        revisionOperations,
      );
    refuse();
    refuseKinds(input);
    const code = await installed(input, context);
    return store.write((transaction) => {
      refuse();
      const before = functionOf(transaction, reference, account);
      const after = {
        ...withCode(before, code, now()),
        ...(input.Architectures === undefined ? {} : { architectures: input.Architectures }),
      };
      if (input.DryRun === true) return presentConfiguration(after, account, null);
      putFunction(transaction, after);
      if (input.Publish !== true) return presentConfiguration(after, account, null);
      const version = publishVersion(transaction, after, undefined);
      return presentConfiguration(version, account, version.version);
    });
  }),

  'lambda:UpdateFunctionConfiguration': writes<'lambda:UpdateFunctionConfiguration'>(
    (input, transaction, context) => {
      const { account, now } = context;
      const before = functionOf(transaction, latestReference(input, context), account);
      checkRevision(input.RevisionId, before.revisionId, revisionOperations);
      const after = withSettings(before, settingsGiven(input, before), now());
      return presentConfiguration(putFunction(transaction, after), account, null);
    },
  ),

  'lambda:DeleteFunction': writes<'lambda:DeleteFunction'>((input, transaction, { account }) => {
    const reference = referenceOf(input, account);
    const { name, qualifier } = reference;
    functionOf(transaction, reference, account);
    if (qualifier === null) return removeFunction(transaction, name);
    if (qualifier === latestVersion)
      throw invalidParameter('$LATEST version cannot be deleted without deleting the function.');
    if (transaction.get('functionAlias', name, qualifier) !== undefined)
      throw invalidParameter('Deletion of aliases is not currently supported.');
    if (transaction.get('functionVersion', name, qualifier) === undefined)
      throw noFunction(reference, account);
    const users = transaction
      .list('functionAlias', name)
      .filter(
        ({ functionVersion, additionalVersionWeights = {} }) =>
          functionVersion === qualifier || Object.hasOwn(additionalVersionWeights, qualifier),
      );
    if (users.length > 0)
      throw resourceConflict(
        `Unable to delete version because the following aliases reference it: [${users.map(({ name: alias }) => alias).join(', ')}]`,
      );
    transaction.remove('functionVersion', name, qualifier);
    removeQualified(transaction, name, qualifier);
  }),
} satisfies Partial<LambdaHandlers>;

const revisionOperations = 'GetFunction/GetFunctionConfiguration';
const nameCharactersMax = 64;

/** A new function's own name. @throws ValidationException, InvalidParameterValueException */
function newReference(
  { FunctionName }: { readonly FunctionName: string },
  { account }: Context,
): FunctionReference {
  const reference = referenceOf({ FunctionName }, account);
  if (reference.qualifier !== null)
    throw invalidParameter(
      `The function name "${FunctionName}" has a qualifier, which a new function cannot have`,
    );
  checkNewName(reference.name);
  return reference;
}

/** @throws InvalidParameterValueException */
export function checkNewName(name: string): void {
  // What objects cannot hold as they hold other names.
  if (!/^[A-Za-z0-9_-]+$/.test(name) || name === '__proto__')
    throw invalidParameter(`"${name}" cannot be the name of a function`);
  if (name.length > nameCharactersMax)
    throw invalidParameter(
      `1 validation error detected: Value '${name}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to ${nameCharactersMax}`,
    );
}

/** Only `$LATEST` changes. @throws InvalidParameterValueException */
function latestReference(input: { readonly FunctionName: string }, { account }: Context): FunctionReference {
  const reference = referenceOf(input, account);
  if (reference.qualifier !== null && reference.qualifier !== latestVersion)
    throw invalidParameter(
      `The function name "${input.FunctionName}" names a version or an alias; only $LATEST can be changed`,
    );
  return { name: reference.name, qualifier: null };
}

type Kinds = Pick<
  CallInput<'lambda:CreateFunction'>,
  'PackageType' | 'PublishTo' | 'CodeSigningConfigArn' | 'TenancyConfig'
>;

function refuseKinds(given: Kinds): void {
  if (given.PackageType === 'Image') throw notSupported('PackageType Image');
  if (given.PublishTo !== undefined) throw notSupported('PublishTo');
  if ((given.CodeSigningConfigArn ?? '') !== '') throw notSupported('CodeSigningConfigArn');
  if (given.TenancyConfig !== undefined) throw notSupported('TenancyConfig');
}

type Code = CallInput<'lambda:CreateFunction'>['Code'];

async function installed(given: Code, { code }: Context): Promise<InstalledCode> {
  if (given.S3Bucket !== undefined || given.S3Key !== undefined) throw notSupported('Code in S3');
  if (given.ImageUri !== undefined) throw notSupported('ImageUri');
  if ((given.SourceKMSKeyArn ?? '') !== '') throw notSupported('SourceKMSKeyArn');
  if (given.ZipFile === undefined) throw invalidParameter('Please provide a source for function code.');
  return code.installZip(given.ZipFile);
}

/** Where the zip file is: on this port, signed as its caller would sign. Nowhere for who has not come through it. */
function locationOf(
  { functionName, version }: FunctionConfiguration,
  { caller, account, store, now }: Context,
): string | undefined {
  if (caller.host === undefined) return undefined;
  const path = `/2015-03-31/functions/${functionName}/code.zip`;
  const query = `Qualifier=${encodeURIComponent(version)}`;
  const key = store.view.get('accessKey', '', caller.accessKeyId);
  // Who need not sign to come here need not to fetch it.
  if (key === undefined) return `http://${caller.host}${path}?${query}`;
  const parts = { method: 'GET', path, query, headers: ['host', caller.host] };
  const signed = presignQuery(parts, '', key, {
    region: account.region,
    service: 'lambda',
    nowMs: Date.parse(now()),
    expiresSeconds: locationSeconds,
  });
  return `http://${caller.host}${path}?${signed}`;
}
