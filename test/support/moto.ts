// AWS services of somebody else's making: moto_server, where it is installed. Once it holds the calls to IAM, botocore
// checks every signature.

import { spawn } from 'node:child_process';
import path from 'node:path';
import { awsClientsFolder, type Wire } from './management.ts';

export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | null;
}

export interface Moto {
  /** `http://127.0.0.1:port` */
  readonly origin: string;
  /** A call of a JSON-target service, by nobody in particular. */
  json(service: string, target: string, body: object): Promise<Wire>;
  /** A call of a service of the Query protocol; the answer is XML. */
  query(service: string, parameters: Readonly<Record<string, string>>): Promise<string>;
  s3(method: string, path: string): Promise<Response>;
  /** From now on calls are checked, or not: signature, keys and policies. */
  enforce(isOn: boolean): Promise<void>;
  /** A role whose session may do all, and the keys of such a session. */
  session(): Promise<Keys>;
  stop(): void;
}

/** @throws Error when it does not start in a minute */
export async function startMoto(): Promise<Moto> {
  const file = path.join(awsClientsFolder!, 'moto_server');
  const child = spawn(file, ['-H', '127.0.0.1', '-p', '0'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const origin = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stderr.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const found = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(text);
      if (found !== null) resolve(found[1]!);
    });
    child.on('exit', () => reject(new Error(`moto_server ended: ${text}`)));
    child.on('error', reject);
  });
  const call = (service: string, target: string, init: RequestInit): Promise<Response> =>
    fetch(origin + target, { ...init, headers: { ...init.headers, authorization: scopeOf(service) } });
  const moto: Moto = {
    origin,
    json: async (service, target, body) => {
      const headers = { 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.1' };
      const answer = await call(service, '/', { method: 'POST', headers, body: JSON.stringify(body) });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${target}: ${text}`);
      return text === '' ? undefined : JSON.parse(text);
    },
    query: async (service, parameters) => {
      const body = new URLSearchParams(parameters);
      const answer = await call(service, '/', { method: 'POST', body });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${parameters.Action}: ${text}`);
      return text;
    },
    s3: (method, target) => call('s3', target, { method }),
    enforce: async (isOn) => {
      // The number of calls that are let through before the first is checked.
      await fetch(`${origin}/moto-api/reset-auth`, { method: 'POST', body: isOn ? '0' : '1000000' });
    },
    session: () => sessionOf(moto),
    stop: () => child.kill(),
  };
  return moto;
}

async function sessionOf(moto: Moto): Promise<Keys> {
  const allow = (actions: object): string =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...actions }] });
  const role = { Version: '2010-05-08', RoleName: 'gateway' };
  const trust = allow({ Principal: { Service: 'apigateway.amazonaws.com' }, Action: 'sts:AssumeRole' });
  await moto.query('iam', { Action: 'CreateRole', ...role, AssumeRolePolicyDocument: trust });
  const policy = allow({ Action: '*', Resource: '*' });
  await moto.query('iam', { Action: 'PutRolePolicy', ...role, PolicyName: 'all', PolicyDocument: policy });
  const answer = await moto.query('sts', {
    Action: 'AssumeRole',
    Version: '2011-06-15',
    RoleArn: 'arn:aws:iam::123456789012:role/gateway',
    RoleSessionName: 'test',
  });
  const member = (name: string): string => new RegExp(`<${name}>([^<]*)<`).exec(answer)![1]!;
  return {
    accessKeyId: member('AccessKeyId'),
    secretAccessKey: member('SecretAccessKey'),
    sessionToken: member('SessionToken'),
  };
}

/** It finds the service by the credential's scope; the rest is looked at only once it is told to. */
const scopeOf = (service: string): string =>
  `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;
