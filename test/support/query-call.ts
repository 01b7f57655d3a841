// Calls of IAM and STS as they stand on the wire: a signed form, and what of the XML tests look at.

import assert from 'node:assert/strict';
import { type Credentials, signRequest } from '../../src/base/sigv4/index.ts';
import type { GuardedPort } from './guarded-port.ts';

export interface Told {
  readonly status: number;
  /** Of a refusal; null when it was done. */
  readonly code: string | null;
  readonly body: string;
}

const versions = { iam: '2010-05-08', sts: '2011-06-15' } as const;

/** @param members - as forms name them: `Tags.member.1.Key` */
export async function queryCall(
  { endpoint, admin }: Pick<GuardedPort, 'endpoint' | 'admin'>,
  service: keyof typeof versions,
  action: string,
  members: Readonly<Record<string, string>> = {},
  keys: Credentials = admin,
): Promise<Told> {
  const body = new URLSearchParams({ Action: action, Version: versions[service], ...members }).toString();
  const type = 'application/x-www-form-urlencoded';
  const parts = {
    method: 'POST',
    path: '/',
    query: '',
    headers: ['host', new URL(endpoint).host, 'content-type', type],
  };
  const signing = { region: 'us-east-1', service, nowMs: Date.now() };
  const headers: Record<string, string> = { 'content-type': type };
  const added = signRequest(parts, body, keys, signing);
  for (let i = 0; i < added.length; i += 2) headers[added[i]!] = added[i + 1]!;
  const answer = await fetch(endpoint, { method: 'POST', headers, body });
  const text = await answer.text();
  return { status: answer.status, code: /<Code>([^<]*)</.exec(text)?.[1] ?? null, body: text };
}

/** The text of one element of an answer. */
export function told({ body }: Told, element: string): string {
  const [, text] = new RegExp(`<${element}>([^<]*)</`).exec(body) ?? [];
  assert.ok(text !== undefined, `${element}: ${body}`);
  return text;
}

/** The keys of an answer that gives some. */
export const keysIn = (answer: Told): Credentials => ({
  accessKeyId: told(answer, 'AccessKeyId'),
  secretAccessKey: told(answer, 'SecretAccessKey'),
  ...(answer.body.includes('<SessionToken>') ? { sessionToken: told(answer, 'SessionToken') } : {}),
});

/** A policy of one statement. */
export const statement = (one: object, Effect: 'Allow' | 'Deny' = 'Allow'): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: { Effect, ...one } });
