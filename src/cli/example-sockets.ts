// The examples of WebSocket APIs that `sluice example` serves beside the pet store: their functions, services and APIs are
// brought up over the control plane of the gateway that runs, as a user would.

import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { partitionOf } from '../base/partition.ts';
import type { ProcessConfig } from '../config/index.ts';
import type { LocalControl } from '../control/local/local-control.ts';
import { packageFolder, type Status } from '../supervisor/index.ts';
import { startExampleService } from './example-service.ts';
import { stageUrls } from './stage-urls.ts';
import { withControl } from './with-control.ts';

export interface SocketExample {
  readonly what: string;
  /** Of the page. */
  readonly page: string;
  /** Of the stage. */
  readonly url: string;
}

/** The same at each run, so that a URL that was noted down stays right. */
const chatId = 'chat000001';
const tradingId = 'trading001';
const stage = 'live';
/** Who signs for the examples: may manage their connections, and nothing else. */
const userName = 'examples';
const folder = path.join(packageFolder, 'examples');

/** @param services - gets each process as it is started: to be ended with the gateway */
export async function startSocketExamples(
  config: ProcessConfig,
  status: Status,
  services: ChildProcess[],
): Promise<SocketExample[]> {
  return await withControl(config, async (control) => {
    const key = await newKey(control, status.region);
    const variables = {
      ACCESS_KEY_ID: key.accessKeyId,
      SECRET_ACCESS_KEY: key.secretAccessKey,
    };
    return [
      await startChat(control, status, variables, services),
      await startTrading(control, status, variables, services),
    ];
  });
}

/** A fresh one at each run: its secret is known to the services alone. */
async function newKey(control: LocalControl, region: string) {
  const users = await control.act('iamListUsers', undefined);
  const known = users.find((user) => user.userName === userName);
  if (known === undefined) await control.act('iamAddUser', { userName });
  for (const { accessKeyId } of known?.keys ?? []) await control.act('iamRemoveKey', { accessKeyId });
  const partition = partitionOf(region);
  const resources = [chatId, tradingId].map((id) => `arn:${partition}:execute-api:*:*:${id}/*`);
  const statement = { Effect: 'Allow', Action: 'execute-api:ManageConnections', Resource: resources };
  const document = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  await control.act('iamPutPolicy', { userName, policyName: 'manage-connections', document });
  return await control.act('iamCreateKey', { userName });
}

type Variables = Readonly<Record<string, string>>;

/** HTTP and WebSocket URL of a stage, in the path form: it is reached where *.localhost is not resolved. */
function urlsOf(status: Status, apiId: string): { readonly endpoint: string; readonly url: string } {
  const endpoint = stageUrls(status, apiId, stage)[1];
  return { endpoint, url: endpoint.replace(/^http/, 'ws') };
}

async function startChat(
  control: LocalControl,
  status: Status,
  key: Variables,
  services: ChildProcess[],
): Promise<SocketExample> {
  const { endpoint, url } = urlsOf(status, chatId);
  const secret = randomBytes(24).toString('base64url');
  const code = path.join(folder, 'chat', 'function');
  const common = { code, runtime: 'nodejs24.x', allowApis: true };
  await control.act('addFunction', {
    ...common,
    functionName: 'chat-door',
    handler: 'door.handler',
    variables: { CHAT_SECRET: secret },
  });
  await control.act('addFunction', {
    ...common,
    functionName: 'chat-rooms',
    handler: 'rooms.handler',
    timeout: 10,
    variables: { ...key, ENDPOINT: endpoint },
  });
  await importExample(control, 'chat', chatId, {});
  const service = await startExampleService('chat page', path.join(folder, 'chat', 'service.ts'), {
    CHAT_SECRET: secret,
    CHAT_URL: url,
  });
  services.push(service.child);
  return { what: 'chat: rooms of a function, behind an authorizer', page: pageOf(service.port), url };
}

async function startTrading(
  control: LocalControl,
  status: Status,
  key: Variables,
  services: ChildProcess[],
): Promise<SocketExample> {
  const { endpoint, url } = urlsOf(status, tradingId);
  const service = await startExampleService('exchange', path.join(folder, 'trading', 'service.ts'), {
    ...key,
    TRADING_URL: url,
    ENDPOINT: endpoint,
    AWS_REGION: status.region,
  });
  services.push(service.child);
  await importExample(control, 'trading', tradingId, { Service: `127.0.0.1:${service.port}` });
  return { what: 'trading: an order book, live over topics', page: pageOf(service.port), url };
}

const pageOf = (port: number): string => `http://127.0.0.1:${port}/`;

async function importExample(
  control: LocalControl,
  name: string,
  apiId: string,
  parameters: Variables,
): Promise<void> {
  const text = await readFile(path.join(folder, name, 'websocket.json'), 'utf8');
  await control.act('importV2Definition', { text, apiId, parameters });
}
