// The aws command line, as a user with keys runs it against an endpoint of a gateway.

import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { awsClientsFolder } from './management.ts';

/** @returns what it prints @throws Error with what it says on stderr, when its exit code is not 0 */
export async function runAws(
  keys: { readonly accessKeyId: string; readonly secretAccessKey: string },
  endpoint: string,
  ...words: readonly string[]
): Promise<string> {
  const env = {
    PATH: process.env.PATH,
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_PAGER: '',
  };
  const given = [...words, '--endpoint-url', endpoint, '--output', 'json'];
  return (await promisify(execFile)(path.join(awsClientsFolder!, 'aws'), given, { env })).stdout;
}
