// Functions of the configuration file: made or brought up to date at the start and at each reload. One that cannot be
// is told, and the gateway goes on: it serves others too.

import {
  ConfigError,
  type FunctionDeclaration,
  functionEnvironment,
  type ProcessConfig,
} from '../../config/index.ts';
import type { ControlPlane } from '../../control/control-plane.ts';
import type { LocalControl } from '../../control/local/local-control.ts';
import { AwsException } from '../../control/protocol/exceptions.ts';
import { CommandError } from '../command-error.ts';
import type { Wire } from '../manage/find-api.ts';
import { checkCode, checkRuntime } from './check-code.ts';
import { concurrencyNote } from './concurrency-note.ts';

/** Marks functions that a file has declared, so that one that leaves it is noticed. */
const declaredTag = 'sluice:declared';

export interface ApplyTools {
  /** Read only. */
  readonly view: ControlPlane['services']['store']['view'];
  readonly control: LocalControl;
  readonly log: (line: string) => void;
}

/** Never rejects for what a declaration has wrong. */
export async function applyDeclared(config: ProcessConfig, tools: ApplyTools): Promise<void> {
  for (const declared of config.functions) {
    try {
      await applyOne(declared, tools);
    } catch (error) {
      if (error instanceof ConfigError) error.problems.forEach(tools.log);
      else if (error instanceof AwsException || error instanceof CommandError)
        tools.log(`${declared.where}: ${declared.key}: ${error.message}`);
      else throw error;
    }
  }
  const names = new Set(config.functions.map(({ name }) => name));
  for (const { functionName, tags } of tools.view.list('lambdaFunction', ''))
    if (tags !== undefined && Object.hasOwn(tags, declaredTag) && !names.has(functionName))
      tools.log(
        `the function "${functionName}" is not in the configuration file any more; it stays until "sluice functions remove ${functionName}"`,
      );
}

async function applyOne(declared: FunctionDeclaration, { view, control, log }: ApplyTools): Promise<void> {
  const { name, runtime, handler, code, timeout, memory, reservedConcurrency, allowApis } = declared;
  const { environmentConcurrency } = declared;
  checkRuntime(runtime);
  checkCode(code, code, runtime, handler ?? '');
  const added = await control.act('addFunction', {
    functionName: name,
    code,
    runtime,
    handler: handler ?? '',
    timeout,
    memorySize: memory,
    variables: functionEnvironment(declared),
    reservedConcurrentExecutions: reservedConcurrency,
    environmentConcurrency,
    allowApis,
  });
  if (added.outcome !== 'unchanged') {
    log(`function "${name}" was ${added.outcome}`);
    const concurrency = concurrencyNote(environmentConcurrency, name, added.environmentConcurrency);
    if (concurrency !== null)
      log(`${declared.where}: ${declared.key}.environmentConcurrency: ${concurrency}`);
  }
  const { tags = {} } = view.get('lambdaFunction', '', name)!;
  if (!Object.hasOwn(tags, declaredTag))
    await control.call('lambda:TagResource', {
      Resource: added.functionArn,
      Tags: { [declaredTag]: 'true' },
    });
  for (const alias of byVersion(declared.aliases)) await applyAlias(declared, alias, { view, control, log });
}

type Alias = FunctionDeclaration['aliases'][number];

/** Versions that are published for aliases are so in their order. */
const byVersion = (aliases: readonly Alias[]): readonly Alias[] =>
  aliases.toSorted((a, b) => (Number(a.version) || 0) - (Number(b.version) || 0));

async function applyAlias(
  { name, key }: FunctionDeclaration,
  { name: alias, version, where }: Alias,
  { view, control, log }: ApplyTools,
): Promise<void> {
  try {
    const before = view.get('functionAlias', name, alias);
    if (before?.functionVersion === version) return;
    if (version !== '$LATEST' && view.get('functionVersion', name, version) === undefined)
      await publishAs(name, version, { view, control });
    const input = { FunctionName: name, Name: alias, FunctionVersion: version };
    await control.call(before === undefined ? 'lambda:CreateAlias' : 'lambda:UpdateAlias', input);
    log(`alias "${alias}" of function "${name}" is version ${version}`);
  } catch (error) {
    if (!(error instanceof AwsException || error instanceof CommandError)) throw error;
    log(`${where}: ${key}.aliases.${alias}: ${error.message}`);
  }
}

/** The version that would be next may be named before it is there: it is the code and the settings as they are now. */
async function publishAs(
  name: string,
  version: string,
  { view, control }: Pick<ApplyTools, 'view' | 'control'>,
): Promise<void> {
  const { nextVersion } = view.get('lambdaFunction', '', name)!;
  if (Number(version) !== nextVersion)
    throw new CommandError(
      Number(version) < nextVersion
        ? `version ${version} is not there any more; name another`
        : `version ${version} is not there; the next that can be published is ${nextVersion}`,
    );
  const published = (await control.call('lambda:PublishVersion', { FunctionName: name })) as Wire;
  if (published.Version !== version)
    throw new CommandError(
      `version ${version} would be the same as version ${published.Version}; change the code or the settings first`,
    );
}
