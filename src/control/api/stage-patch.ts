// PATCH of a stage: every path of the service's table, in its words. Settings of methods are in method-setting-patch.ts.

import type { AccessLogSettings, CanarySettings, Stage } from '../../resources/index.ts';
import { accessLogFormatBytesMax } from '../../resources/index.ts';
import { percentProblem, variableProblems } from '../deployment/stage-settings.ts';
import { badRequest } from '../protocol/exceptions.ts';
import {
  invalidPatchPath,
  type Patch,
  type PatchOperation,
  type PatchRow,
  patchDocument,
  replaces,
  withEntry,
  withMember,
} from '../protocol/patch.ts';
import { cacheClusterSize } from '../protocol/shapes.ts';
import {
  methodSettingPlace,
  nothingToRemove,
  removeMethodSettings,
  setMethodSetting,
} from './method-setting-patch.ts';
import { choiceOrNothing, numberValue, textOrNothing, truth } from './patch-values.ts';
import { unknownPlace, unsupportedOp } from './stage-patch-refusals.ts';

/**
 * Applies operations in order, all or none. What refers to other documents is checked where the stage is put, but for
 * deployments, which are refused in their turn.
 *
 * @throws AwsException for the first operation that is refused
 */
export function patchStage(
  stage: Stage,
  operations: readonly PatchOperation[] | undefined,
  isDeployment: (deploymentId: string) => boolean,
): Stage {
  const checkDeployment = (value: string | undefined): string => {
    if (value === undefined || !isDeployment(value)) throw badRequest('Deployment id does not exist');
    return value;
  };
  const table = { rows: rowsOf(checkDeployment), unknownPath: unknownPlace, unsupportedOp };
  return (operations ?? []).reduce((current, operation) => {
    if (operation.path === undefined) throw invalidPatchPath(operation);
    if (operation.op === 'copy') return copied(current, operation);
    const place = methodSettingPlace(operation.path);
    if (place !== undefined && operation.op === 'replace')
      return setMethodSetting(current, place, operation.value);
    if (operation.op === 'remove' && !table.rows.some((row) => isRemovedBy(row, operation.path!)))
      return removeMethodSettings(current, operation);
    return patchDocument(current, [operation], table);
  }, stage);
}

const cacheSizes = cacheClusterSize.type === 'string' ? (cacheClusterSize.values ?? []) : [];

type Rows = readonly PatchRow<Stage>[];

function rowsOf(checkDeployment: (value: string | undefined) => string): Rows {
  return [
    replaces('/deploymentId', 'deploymentId', checkDeployment),
    replaces('/description', 'description', textOrNothing),
    replaces('/documentationVersion', 'documentationVersion', textOrNothing),
    replaces('/clientCertificateId', 'clientCertificateId', textOrNothing),
    replaces('/cacheClusterEnabled', 'cacheClusterEnabled', truth),
    replaces('/cacheClusterSize', 'cacheClusterSize', choiceOrNothing('/cacheClusterSize', cacheSizes)),
    replaces('/tracingEnabled', 'tracingEnabled', truth),
    ...variableRows,
    ...accessLogRows,
    ...canaryRows(checkDeployment),
  ];
}

const variableRows: Rows = [
  {
    path: '/variables',
    ops: ['replace', 'remove'],
    apply: (stage, { op, value }) =>
      withMember(
        stage,
        'variables',
        op === 'remove' ? undefined : checkVariables(readTextMap(value, 'variables')),
      ),
  },
  {
    path: '/variables/{name}',
    ops: ['add', 'replace', 'remove'],
    apply: (stage, patch) => withMember(stage, 'variables', variablesWith(stage.variables, patch)),
  },
];

const accessLogMembers = ['destinationArn', 'format'] as const;

const accessLogRows: Rows = [
  {
    path: '/accessLogSettings',
    ops: ['remove'],
    apply: (stage) => withMember(stage, 'accessLogSettings', undefined),
  },
  ...accessLogMembers.map(
    (member): PatchRow<Stage> => ({
      path: `/accessLogSettings/${member}`,
      ops: ['add', 'replace', 'remove'],
      apply: (stage, { op, path, value }) => {
        if (op === 'remove' && stage.accessLogSettings?.[member] === undefined)
          throw nothingToRemove({ op, path });
        const text = op === 'remove' ? undefined : checkAccessLog(member, value);
        const changed = withEntry({ ...stage.accessLogSettings }, member, text);
        return withMember(stage, 'accessLogSettings', changed as AccessLogSettings | undefined);
      },
    }),
  ),
];

function canaryRows(checkDeployment: (value: string | undefined) => string): Rows {
  const replacesCanary = <K extends keyof CanarySettings & string>(
    member: K,
    read: (value: string | undefined) => CanarySettings[K] | undefined,
  ): PatchRow<Stage> => ({
    path: `/canarySettings/${member}`,
    ops: ['replace'],
    apply: (stage, { value }) => withCanary(stage, (canary) => withMember(canary, member, read(value))),
  });
  return [
    {
      path: '/canarySettings',
      ops: ['remove'],
      apply: (stage) => withMember(stage, 'canarySettings', undefined),
    },
    replacesCanary('percentTraffic', percent),
    replacesCanary('useStageCache', truth),
    replacesCanary('deploymentId', checkDeployment),
    replacesCanary('stageVariableOverrides', (value) =>
      checkVariables(readTextMap(value, 'stageVariableOverrides')),
    ),
    {
      path: '/canarySettings/stageVariableOverrides/{name}',
      ops: ['replace', 'remove'],
      apply: (stage, patch) =>
        withCanary(stage, (canary) =>
          withMember(canary, 'stageVariableOverrides', variablesWith(canary.stageVariableOverrides, patch)),
        ),
    },
  ];
}

/** The first patch of a canary that is not there starts one, on the stage's own deployment. */
function withCanary(stage: Stage, change: (canary: CanarySettings) => CanarySettings): Stage {
  const { deploymentId } = stage;
  const canary = stage.canarySettings ?? { deploymentId, percentTraffic: 0, useStageCache: false };
  return { ...stage, canarySettings: change(canary) };
}

/** Promotion: the canary's deployment becomes the stage's, its overrides are laid over the stage's variables. */
function copied(stage: Stage, { path, from }: PatchOperation): Stage {
  const isDeployment = path === '/deploymentId' && from === '/canarySettings/deploymentId';
  const isVariables = path === '/variables' && from === '/canarySettings/stageVariableOverrides';
  if (!isDeployment && !isVariables)
    throw badRequest(
      `Invalid copy operation with path: ${path} and from ${from ?? 'null'}. Valid copy:path are [/deploymentId, /variables] and valid copy:from are [/canarySettings/deploymentId, /canarySettings/stageVariableOverrides]`,
    );
  const canary = stage.canarySettings;
  if (canary === undefined) throw badRequest('Promotion not available. Canary does not exist.');
  if (isDeployment) return withMember(stage, 'deploymentId', canary.deploymentId ?? stage.deploymentId);
  const variables = { ...stage.variables, ...canary.stageVariableOverrides };
  return withMember(stage, 'variables', checkVariables(variables));
}

function variablesWith(
  variables: Readonly<Record<string, string>> | undefined,
  { op, names, value }: Patch,
): Readonly<Record<string, string>> | undefined {
  const name = names.name!;
  if (op === 'remove') return withEntry(variables, name, undefined);
  checkVariables(Object.fromEntries([[name, value ?? null]]) as Record<string, string>);
  return withEntry(variables, name, value);
}

function checkVariables(variables: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const problem = variableProblems(variables)[0];
  if (problem !== undefined) throw badRequest(problem);
  return variables;
}

function checkAccessLog(member: (typeof accessLogMembers)[number], value: string | undefined): string {
  if (value === undefined || value === '') throw badRequest('Access Log value must not be empty');
  if (member === 'destinationArn') {
    if (!/^arn:[a-z-]+:(logs|firehose):[a-z0-9-]*:\d*:.+$/.test(value))
      throw badRequest(`Invalid ARN. ARN is not well formed ${value}`);
    return value;
  }
  if (/[\r\n]/.test(value.replace(/\r?\n$/, '')))
    throw badRequest(
      'Access Log format must be single line, new line character is allowed only at end of the format',
    );
  if (Buffer.byteLength(value) > accessLogFormatBytesMax)
    throw badRequest(`Access Log format must be at most ${accessLogFormatBytesMax} bytes`);
  return value;
}

function percent(value: string | undefined): number {
  const number = numberValue(value, percentProblem);
  if (number < 0 || number > 100) throw badRequest(percentProblem);
  return number;
}

/** A map of texts, given as JSON text. */
function readTextMap(value: string | undefined, what: string): Readonly<Record<string, string>> {
  const refused = badRequest(`Invalid value specified for ${what}. Must be a map of strings in JSON`);
  let map: unknown;
  try {
    map = JSON.parse(value ?? '');
  } catch {
    throw refused;
  }
  if (typeof map !== 'object' || map === null || Array.isArray(map)) throw refused;
  if (Object.values(map).some((one) => typeof one !== 'string')) throw refused;
  return map as Readonly<Record<string, string>>;
}

function isRemovedBy({ path, ops }: PatchRow<Stage>, given: string): boolean {
  if (!ops.includes('remove')) return false;
  const [wanted, segments] = [path.split('/'), given.split('/')];
  return (
    wanted.length === segments.length &&
    wanted.every((segment, i) => (segment.startsWith('{') ? segments[i] !== '' : segment === segments[i]))
  );
}
