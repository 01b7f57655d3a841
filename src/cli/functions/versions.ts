// `sluice functions publish` and `alias`: what stays as it is, and the names for it.

import type { ProcessConfig } from '../../config/index.ts';
import { CommandError } from '../command-error.ts';
import { UsageError } from '../config-options.ts';
import type { Wire } from '../manage/find-api.ts';
import { manage } from '../manage/manage.ts';
import { paint, say } from '../terminal.ts';
import { integrationUri } from './integration-uri.ts';
import { knownFunction } from './known-function.ts';

/** @returns the exit code */
export function publishFunction(
  config: ProcessConfig,
  name: string,
  { description, json = false }: { description?: string; json?: boolean },
): Promise<number> {
  return manage(config, 'publishing', async (control) => {
    const { versions } = await knownFunction(control, name);
    const published = (await control.call('lambda:PublishVersion', {
      FunctionName: name,
      ...(description === undefined ? {} : { Description: description }),
    })) as Wire;
    const { Version: version, FunctionArn: functionArn } = published;
    const isNew = !versions.includes(version);
    if (json) say(JSON.stringify({ functionName: name, version, functionArn, isNew }, null, 2));
    else
      say(
        isNew
          ? `Version ${paint('bold', version)} of ${name} is published.`
          : `Nothing has changed since version ${paint('bold', version)} of ${name}; no other is published.`,
      );
  });
}

export interface AliasRequest {
  readonly version?: string | undefined;
  /** Version -> share of the invocations, as text. */
  readonly also?: Readonly<Record<string, string>>;
  readonly remove?: boolean;
  readonly json?: boolean;
}

/** Makes, changes or removes an alias. @returns the exit code */
export function setAlias(
  config: ProcessConfig,
  name: string,
  alias: string,
  { version, also, remove = false, json = false }: AliasRequest,
): Promise<number> {
  if (remove === (version !== undefined)) {
    const what = remove ? 'a version has no meaning beside --remove' : 'say which version, or --remove';
    throw new UsageError(`${what}: sluice functions alias ${name} ${alias} VERSION`);
  }
  const weights = weightsOf(also);
  return manage(config, 'setting the alias', async (control) => {
    const { aliases, functionArn } = await knownFunction(control, name);
    const before = aliases.find((one) => one.name === alias);
    const named = { FunctionName: name, Name: alias };
    if (remove) {
      if (before === undefined) throw new CommandError(`the function "${name}" has no alias "${alias}"`);
      await control.call('lambda:DeleteAlias', named);
      if (json) say(JSON.stringify({ functionName: name, alias, removed: true }, null, 2));
      else say(`Alias ${paint('bold', alias)} of ${name} is removed.`);
      return;
    }
    // Absent weights would leave those of before: who says one version means it alone.
    const input = {
      ...named,
      FunctionVersion: version!,
      RoutingConfig: { AdditionalVersionWeights: weights },
    };
    await control.call(before === undefined ? 'lambda:CreateAlias' : 'lambda:UpdateAlias', input);
    const uri = integrationUri(`${functionArn}:${alias}`);
    if (json) {
      const result = {
        functionName: name,
        alias,
        version,
        additionalVersionWeights: weights,
        integrationUri: uri,
      };
      say(JSON.stringify(result, null, 2));
      return;
    }
    const shares = Object.entries(weights).map(([other, share]) => `, ${share * 100} % to version ${other}`);
    say(`Alias ${paint('bold', alias)} of ${name} is version ${version}${shares.join('')}.`);
    say(`  integration URI  ${paint('cyan', uri)}`);
  });
}

/** @throws UsageError */
function weightsOf(also: Readonly<Record<string, string>> = {}): Record<string, number> {
  const weights = Object.entries(also).map(([version, text]) => {
    const share = Number(text);
    if (!/^[1-9][0-9]*$/.test(version) || text.trim() === '' || !(share >= 0 && share <= 1))
      throw new UsageError(
        `"${version}=${text}" is not VERSION=SHARE: a number, and a share from 0 to 1, such as 2=0.1`,
      );
    return [version, share] as const;
  });
  if (weights.length > 1) throw new UsageError('an alias has one more version at most: give --also once');
  return Object.fromEntries(weights);
}
