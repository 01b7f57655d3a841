// A client of the management API that signs, and the aws command line where it is installed.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { signRequest } from '../../src/base/sigv4/index.ts';

/** An answer as the wire has it. */
// biome-ignore lint/suspicious/noExplicitAny: the shapes are AWS's, and each test reads a few members of one
export type Wire = any;

export interface ManagementClient {
  send(method: string, path: string, body?: unknown): Promise<{ status: number; body: Wire }>;
}

/** Signs with the administrator's key of a data folder. */
export function managementClient(dataDir: string, port: number): ManagementClient {
  const credentials = administratorOf(dataDir);
  const host = `127.0.0.1:${port}`;
  return {
    send: async (method, target, body) => {
      const text = body === undefined ? '' : JSON.stringify(body);
      const [pathname = '', query = ''] = target.split('?');
      const parts = { method, path: pathname, query, headers: ['host', host] };
      const service = /^\/\d{4}-\d\d-\d\d\//.test(target) ? 'lambda' : 'apigateway';
      const context = { region: 'us-east-1', service, nowMs: Date.now() };
      const added = signRequest(parts, text, credentials, context);
      const headers: Record<string, string> = {};
      for (let i = 0; i < added.length; i += 2) headers[added[i]!] = added[i + 1]!;
      const response = await fetch(`http://${host}${target}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body: text }),
      });
      const answer = await response.text();
      return { status: response.status, body: answer === '' ? undefined : JSON.parse(answer) };
    },
  };
}

export function administratorOf(dataDir: string): { accessKeyId: string; secretAccessKey: string } {
  return JSON.parse(readFileSync(path.join(dataDir, 'admin-credentials.json'), 'utf8'));
}

const pythonFolder = fileURLToPath(new URL('../../build/python/bin', import.meta.url));

/** Folder of the aws command line, python with boto3, and moto_server; null where they are not installed. */
export const awsClientsFolder: string | null = existsSync(path.join(pythonFolder, 'aws'))
  ? pythonFolder
  : null;

/** For `skip`: false, or why. */
export const noAwsClients: string | false =
  awsClientsFolder === null ? 'the aws clients are not installed: make aws-clients' : false;
