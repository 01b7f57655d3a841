// Whose key signs what a command sends: the user's own, as all AWS tools read it, else the administrator's of the data
// folder, which whoever can read the folder may use.

import { readFileSync } from 'node:fs';
import { type Credentials, signRequest } from '../../base/sigv4/index.ts';
import { environment, type ProcessConfig } from '../../config/index.ts';
import { credentialsFile } from '../../control/access/first-access.ts';
import { CommandError } from '../command-error.ts';

/** @throws CommandError when there is no key */
export function credentialsOf({ dataDir }: ProcessConfig, isOwnFirst: boolean): Credentials {
  const found = isOwnFirst
    ? (credentialsOfUser() ?? credentialsOfFolder(dataDir))
    : (credentialsOfFolder(dataDir) ?? credentialsOfUser());
  if (found === null)
    throw new CommandError(
      `there is no key to sign with: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name the data folder of a gateway that was started ("${dataDir}" has no administrator's key)`,
    );
  return found;
}

function credentialsOfUser(): Credentials | null {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = environment;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) return null;
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN ? { sessionToken: AWS_SESSION_TOKEN } : {}),
  };
}

function credentialsOfFolder(dataDir: string): Credentials | null {
  try {
    const { accessKeyId, secretAccessKey } = JSON.parse(readFileSync(credentialsFile(dataDir), 'utf8'));
    const isKey = typeof accessKeyId === 'string' && typeof secretAccessKey === 'string';
    return isKey ? { accessKeyId, secretAccessKey } : null;
  } catch {
    return null; // not there, or not ours to read
  }
}

/**
 * Signs a request to a stage.
 * @returns fields to add: name, value, name, value
 */
export function signed(
  method: string,
  url: URL,
  body: string,
  credentials: Credentials,
  region: string,
): string[] {
  const parts = { method, path: url.pathname, query: url.search.slice(1), headers: ['host', url.host] };
  return signRequest(parts, body, credentials, { region, service: 'execute-api', nowMs: Date.now() });
}
