// `sluice waf`: web ACLs, their stages, and the table of countries. Prints for people, or JSON for scripts.

import type { wafActs } from '../control/local/waf-acts.ts';
import { installCountries } from '../control/waf/countries.ts';
import { CommandError } from './command-error.ts';
import { show } from './manage/table.ts';
import { say } from './terminal.ts';

type Acts = typeof wafActs;

/** What these commands ask of the control plane. */
export interface WafControl {
  act<Name extends keyof Acts>(
    name: Name,
    argument: Parameters<Acts[Name]>[0],
  ): Promise<Awaited<ReturnType<Acts[Name]>>>;
}

export async function listWebAcls(control: WafControl, json: boolean): Promise<void> {
  const webAcls = await control.act('wafList', undefined);
  if (json) {
    say(JSON.stringify(webAcls, null, 2));
    return;
  }
  const rows = webAcls.map(({ name, rules, capacity, stages }) => ({
    'WEB ACL': name,
    RULES: rules,
    CAPACITY: capacity,
    STAGES: stages.join(' ') || '-',
  }));
  show(rows, { json: false, none: 'There is no web ACL: "aws wafv2 create-web-acl" makes one.' });
}

/** @param wanted - without a name: the stage is to have none */
export async function associate(
  control: WafControl,
  wanted: { readonly name: string | null; readonly apiId: string; readonly stageName: string },
): Promise<void> {
  const { name, apiId, stageName } = wanted;
  await control.act('wafAssociate', wanted);
  const stage = `The stage "${stageName}" of API ${apiId}`;
  say(name === null ? `${stage} has no web ACL any more.` : `${stage} is behind the web ACL "${name}".`);
}

/** Replaces the table of countries, if the file is one. */
export async function takeCountries(control: WafControl, dataDir: string, file: string): Promise<void> {
  let count: number;
  try {
    count = installCountries(dataDir, file);
  } catch (error) {
    throw new CommandError(`cannot take over "${file}": ${(error as Error).message}`);
  }
  await control.act('wafCountriesChanged', undefined);
  say(`${count} ranges of addresses are known.`);
}
