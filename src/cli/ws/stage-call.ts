// What commands ask of a stage's @connections and @topics: over HTTP, signed, at the gateway that runs on the data folder.

import type { ProcessConfig } from '../../config/index.ts';
import type { LocalControl } from '../../control/local/local-control.ts';
import { runningStatus } from '../../supervisor/index.ts';
import { CommandError } from '../command-error.ts';
import { manage } from '../manage/manage.ts';
import { stageUrls } from '../stage-urls.ts';
import { credentialsOf, signed } from './signing.ts';

export interface StageName {
  /** Id or name. */
  readonly api: string;
  readonly stage: string;
}

/** Asks for one path below the stage. @returns what came back, JSON read; null for an empty answer */
export type AskStage = (method: string, path: string, body?: string) => Promise<unknown>;

/**
 * @returns the exit code
 * @throws (rejects) CommandError: no gateway runs, no such API or stage, or what the gateway refused
 */
export async function withStage(
  config: ProcessConfig,
  name: StageName,
  act: (ask: AskStage) => Promise<void>,
): Promise<number> {
  const status = await runningStatus(config.dataDir);
  if (status === null)
    throw new CommandError(
      `no gateway runs on the data folder "${config.dataDir}", so there are no connections: sluice start`,
    );
  const credentials = credentialsOf(config, false);
  let apiId = '';
  await manage(config, 'looking for the API', async (control) => {
    apiId = await findSocketApi(control, name);
  });
  // The path form: it is reached where *.localhost is not resolved.
  const endpoint = stageUrls(status, apiId, name.stage)[1];
  await act(async (method, path, body = '') => {
    const url = new URL(`${endpoint}${path}`);
    const fields = signed(method, url, body, credentials, status.region);
    const response = await fetch(url, {
      method,
      headers: pairs(fields),
      ...(body === '' ? {} : { body }),
    }).catch((error: Error) => {
      throw new CommandError(
        `"${url.origin}" does not answer: ${(error.cause as Error)?.message ?? error.message}`,
      );
    });
    const text = await response.text();
    if (!response.ok) throw refusal(response, text);
    return text === '' ? null : JSON.parse(text);
  });
  return 0;
}

/** @throws (rejects) CommandError when none has that id or name, more than one has, or the stage is not there */
async function findSocketApi(control: LocalControl, { api, stage }: StageName): Promise<string> {
  const all = await control.act('listApis', undefined);
  const sockets = all.filter(({ protocol }) => protocol === 'WEBSOCKET');
  const byId = sockets.filter(({ id }) => id === api);
  const found = byId.length > 0 ? byId : sockets.filter(({ name }) => name === api);
  if (found.length === 0) throw new CommandError(`no WebSocket API has the id or the name "${api}"`);
  if (found.length > 1) {
    const ids = found.map(({ id }) => id).join(', ');
    throw new CommandError(`${found.length} APIs are named "${api}" (${ids}); say which one by its id`);
  }
  const { id, stages } = found[0]!;
  if (!stages.some(({ stageName }) => stageName === stage)) {
    const known = stages.map(({ stageName }) => stageName).join(', ') || 'none';
    throw new CommandError(`the API "${api}" has no stage "${stage}"; it has: ${known}`);
  }
  return id;
}

function refusal({ status, headers }: Response, text: string): CommandError {
  const type = headers.get('x-amzn-errortype') ?? '';
  if (status === 410) return new CommandError('the connection is gone');
  const message = messageOf(text);
  return new CommandError(
    `refused with ${status}${type === '' ? '' : ` ${type}`}${message === '' ? '' : `: ${message}`}`,
  );
}

function messageOf(text: string): string {
  try {
    const { message, Message } = JSON.parse(text);
    return String(message ?? Message ?? text);
  } catch {
    return text;
  }
}

export const pairs = (fields: readonly string[]): [string, string][] =>
  fields.flatMap((name, i): [string, string][] => (i % 2 === 0 ? [[name, fields[i + 1]!]] : []));
