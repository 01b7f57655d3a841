// `sluice functions show`: a function with its versions, aliases and who may invoke it.

import type { ProcessConfig } from '../../config/index.ts';
import type { LocalControl } from '../../control/local/local-control.ts';
import { AwsException } from '../../control/protocol/exceptions.ts';
import type { Wire } from '../manage/find-api.ts';
import { manage } from '../manage/manage.ts';
import { paint, say } from '../terminal.ts';
import { integrationUri } from './integration-uri.ts';
import { knownFunction } from './known-function.ts';
import { aliasText } from './list.ts';
import { sizeOf } from './size-of.ts';

const hidden = '***';

/** @returns the exit code */
export function showFunction(
  config: ProcessConfig,
  name: string,
  { values = false, json = false }: { values?: boolean; json?: boolean },
): Promise<number> {
  return manage(config, 'reading the function', async (control) => {
    const listed = await knownFunction(control, name);
    const found = (await control.call('lambda:GetFunctionConfiguration', { FunctionName: name })) as Wire;
    const given = Object.entries((found.Environment?.Variables ?? {}) as Record<string, string>);
    const environment = Object.fromEntries(given.map(([key, value]) => [key, values ? value : hidden]));
    const permissions = await permissionsOf(control, name);
    const uri = integrationUri(listed.functionArn);
    if (json) {
      const more = { description: found.Description ?? '', environment, permissions, integrationUri: uri };
      say(JSON.stringify({ ...listed, ...more }, null, 2));
      return;
    }
    say(`${paint('bold', name)}${found.Description ? `: ${found.Description}` : ''}`);
    const lines: readonly (readonly [string, string])[] = [
      ['ARN', listed.functionArn],
      ['integration URI', uri],
      ['runtime', listed.runtime],
      ['handler', listed.handler ?? '(bootstrap)'],
      ['memory', `${listed.memorySize} MB`],
      ['timeout', `${listed.timeout} s`],
      ['concurrency', listed.reservedConcurrentExecutions?.toString() ?? 'as much as the host allows'],
      ['per environment', atOnceText(listed.environmentConcurrency)],
      ['code', `${sizeOf(listed.codeSize)}, sha256 ${found.CodeSha256}`],
      ['changed', listed.lastModified],
      ['versions', listed.versions.join(' ') || 'none'],
      ['aliases', listed.aliases.map(aliasText).join(' ') || 'none'],
      ['invoked by', permissions.map(permissionText).join('; ') || 'nobody but this command line and users'],
      [
        'environment',
        Object.entries(environment)
          .map(([key, value]) => `${key}=${value}`)
          .join(' ') || 'empty',
      ],
    ];
    for (const [label, text] of lines) say(`  ${label.padEnd(16)} ${text}`);
    if (given.length > 0 && !values) say(paint('dim', '  --values shows the values of the environment.'));
  });
}

const atOnceText = (concurrency: number): string =>
  concurrency === 1 ? 'one invocation at a time' : `${concurrency} invocations at once`;

interface Permission {
  readonly sid: string;
  readonly principal: string;
  /** Empty: whatever the source. */
  readonly source: string;
}

/** Of the unqualified function; none where it has no policy. */
async function permissionsOf(control: LocalControl, name: string): Promise<Permission[]> {
  try {
    const { Policy } = (await control.call('lambda:GetPolicy', { FunctionName: name })) as Wire;
    const { Statement = [] } = JSON.parse(Policy) as { Statement?: Wire[] };
    return Statement.map(({ Sid, Principal, Condition }) => ({
      sid: Sid ?? '',
      principal: Principal?.Service ?? Principal?.AWS ?? String(Principal),
      source: Condition?.ArnLike?.['AWS:SourceArn'] ?? '',
    }));
  } catch (error) {
    if (error instanceof AwsException && error.name === 'ResourceNotFoundException') return [];
    throw error;
  }
}

const permissionText = ({ principal, source }: Permission): string =>
  source === '' ? principal : `${principal} from ${source}`;
