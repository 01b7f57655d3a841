// Users in memory and signed requests of the management API.

import { signRequest } from '../../src/base/sigv4/index.ts';
import { presets } from '../../src/control/access/administrator.ts';
import type { SignedRequest } from '../../src/control/protocol/signed-request.ts';
import { openStore, type Store } from '../../src/store/index.ts';

export const account = { accountId: '111122223333', region: 'us-east-1', partition: 'aws' };
export const nowMs = Date.UTC(2024, 0, 2, 3, 4, 5);
export const host = '127.0.0.1:8081';

export interface User {
  readonly userName: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export const ann: User = {
  userName: 'ann',
  accessKeyId: 'AKIAANNANNANNANNANNA',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};

export async function accessStore(t: { after(work: () => unknown): void }): Promise<Store> {
  const store = await openStore('', 'memory');
  t.after(() => store.close());
  return store;
}

/** @param policies - documents by name; everything is allowed by default */
export async function putUser(
  store: Store,
  user: User,
  policies: Readonly<Record<string, string>> = { all: presets.administrator.document },
): Promise<void> {
  const createdDate = '2024-01-01T00:00:00Z';
  await store.write((transaction) => {
    const { userName, accessKeyId } = user;
    transaction.put('iamUser', '', userName, { userName, userId: 'AIDAEXAMPLE', createdDate, policies });
    transaction.put('accessKey', '', accessKeyId, { ...user, status: 'Active', createdDate });
  });
}

export interface Asked {
  readonly method?: SignedRequest['method'];
  readonly path?: string;
  readonly query?: string;
  readonly body?: string;
  readonly headers?: readonly string[];
  readonly sourceIp?: string;
}

/** A request with these header fields, as the protocol hands it over. */
export function request(asked: Asked, headers: readonly string[]): SignedRequest {
  const { method = 'GET', path = '/restapis', query = '', body = '', sourceIp = '203.0.113.7' } = asked;
  return {
    method,
    rawPath: path,
    rawQuery: query,
    fields: headers.map((text, i) => (i % 2 === 0 ? text.toLowerCase() : text)),
    body: Buffer.from(body),
    sourceIp,
    operation: 'GetRestApis',
    resourceArn: () => `arn:aws:apigateway:us-east-1::${path}`,
  };
}

/** Signed by a user, as an SDK does it. */
export function signedRequest(
  asked: Asked,
  user: User = ann,
  scope: { region?: string; service?: string; sessionToken?: string; signedAtMs?: number } = {},
): SignedRequest {
  const { region = 'us-east-1', service = 'apigateway', sessionToken, signedAtMs = nowMs } = scope;
  const headers = ['host', host, 'accept', 'application/json', ...(asked.headers ?? [])];
  const unsigned = request(asked, headers);
  const added = signRequest(
    { method: unsigned.method, path: unsigned.rawPath, query: unsigned.rawQuery, headers },
    unsigned.body,
    { ...user, ...(sessionToken === undefined ? {} : { sessionToken }) },
    { region, service, nowMs: signedAtMs },
  );
  // As wires carry it: names in any case.
  const sent = [...headers, ...added, 'User-Agent', 'aws-cli/2.0'].map((text, i) =>
    i % 2 === 0 ? text.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase()) : text,
  );
  return request(asked, sent);
}
