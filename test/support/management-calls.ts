// Signed calls of @connections and @topics, and data planes that share a folder.

import type { TestContext } from 'node:test';
import { request } from 'undici';
import { signRequest } from '../../src/base/sigv4/index.ts';
import { type Gateway, startGateway } from '../../src/gateway/gateway.ts';
import type { PublishedIdentity } from '../../src/resources/index.ts';
import { testSettings } from './gateway.ts';
import { mockAnswering, type TestSocket } from './websocket-api.ts';

const everything = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'execute-api:ManageConnections', Resource: '*' }],
};

export function identity(userName: string, policy: unknown = everything): PublishedIdentity {
  return {
    accessKeyId: `AKIA${userName.toUpperCase().padEnd(16, 'X')}`,
    secretAccessKey: `secret of ${userName}`,
    arn: `arn:aws:iam::123456789012:user/${userName}`,
    userId: `AIDA${userName.toUpperCase()}`,
    userName,
    policies: [JSON.stringify(policy)],
  };
}

/** May do everything. */
export const backend = identity('backend');

export interface Managed {
  readonly status: number;
  readonly errorType: string | null;
  readonly text: string;
  json(): unknown;
}

export interface ManageOptions {
  readonly body?: string | Uint8Array;
  /** null: not signed. */
  readonly by?: PublishedIdentity | null;
  /** Sent as it is; default: the path form of `wsapi00001/prod`. */
  readonly prefix?: string;
  readonly host?: string;
  /** That the signature is for. */
  readonly region?: string;
}

const pathForm = '/_aws/execute-api/wsapi00001/prod';

/** @param target - with its query */
export async function manage(
  port: number,
  method: string,
  target: string,
  {
    body = '',
    by = backend,
    prefix = pathForm,
    host = `127.0.0.1:${port}`,
    region = 'us-east-1',
  }: ManageOptions = {},
): Promise<Managed> {
  const [path = '', query = ''] = `${prefix}${target}`.split('?');
  const signed =
    by === null
      ? []
      : signRequest({ method, path, query, headers: ['host', host] }, body, by, {
          region,
          service: 'execute-api',
          nowMs: Date.now(),
        });
  const answer = await request(`http://127.0.0.1:${port}${path}${query === '' ? '' : `?${query}`}`, {
    method: method as 'POST',
    headers: ['host', host, ...signed],
    body: body.length === 0 ? null : body,
  });
  const text = await answer.body.text();
  const errorType = answer.headers['x-amzn-errortype'];
  return {
    status: answer.statusCode,
    errorType: errorType === undefined ? null : String(errorType),
    text,
    json: () => JSON.parse(text),
  };
}

/** Another data plane of the same folder. */
export async function joinFolder(
  t: TestContext,
  dataDir: string,
): Promise<Gateway & { readonly url: string }> {
  const gateway = await startGateway(testSettings(dataDir));
  t.after(() => gateway.drain(200));
  return Object.assign(gateway, { url: `ws://127.0.0.1:${gateway.port}${pathForm}` });
}

/** Routes that most tests need: the client's own id. */
export const whoRoute = mockAnswering('$context.connectionId');

export async function idOf(client: TestSocket): Promise<string> {
  client.send({ action: 'who' });
  return await client.next();
}

/** In a path, as SDKs send it. */
export const inPath = (id: string): string => `/@connections/${encodeURIComponent(id)}`;
