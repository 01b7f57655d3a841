// The first start: a user who can do everything, and a key for them in a file that only the owner can read.

import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { AccessKey } from '../../resources/index.ts';
import type { Store, View } from '../../store/index.ts';
import { writeDurably } from '../deployment/write-durably.ts';
import { presets } from './administrator.ts';
import { newAccessKeyId, newSecret, newUserId } from './secrets.ts';

/** Of the first user. */
export const administratorName = 'admin';

export const credentialsFile = (dataDir: string): string => join(dataDir, 'admin-credentials.json');

export interface FirstAccess {
  /** Absolute, or relative to where Sluice runs, as the data folder is. */
  readonly file: string;
  readonly userName: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Whether the user was made now. */
  readonly isNew: boolean;
}

/**
 * Makes the user `admin` with a key when there is no user at all. To be called at each start, before the management
 * port opens.
 *
 * The file is on disk before the user is: a crash between the two leaves a file whose key the next start takes over.
 * It is written once, and removed with its key. Nobody makes another then: whoever can read the data folder makes one
 * with `sluice iam key create admin`.
 *
 * @returns the credentials of the file while its key is in use; null when they are no longer
 */
export async function ensureAdministrator(
  store: Store,
  dataDir: string,
  now: () => string,
): Promise<FirstAccess | null> {
  const file = credentialsFile(dataDir);
  if (store.view.list('iamUser', '').length > 0) return keyInUse(store.view, file);
  const createdDate = now();
  let key = readCredentials(file);
  if (key === null) {
    key = {
      userName: administratorName,
      accessKeyId: newAccessKeyId(),
      secretAccessKey: newSecret(),
      createdDate,
    };
    writeDurably(file, Buffer.from(`${JSON.stringify(key, null, 2)}\n`));
  }
  const { name, document } = presets.administrator;
  const { userName, accessKeyId } = key;
  const accessKey: AccessKey = { ...key, status: 'Active' };
  const isNew = await store.write((transaction) => {
    if (transaction.list('iamUser', '').length > 0) return false;
    const policies = { [name]: document };
    transaction.put('iamUser', '', userName, { userName, userId: newUserId(), createdDate, policies });
    transaction.put('accessKey', '', accessKeyId, accessKey);
    return true;
  });
  const { secretAccessKey } = key;
  return isNew ? { file, userName, accessKeyId, secretAccessKey, isNew } : keyInUse(store.view, file);
}

/** Removes the file when the key that it names is no longer there: nobody should try it, or find it. */
export function forgetCredentials(view: View, dataDir: string): void {
  const file = credentialsFile(dataDir);
  const key = readCredentials(file);
  if (key !== null && view.get('accessKey', '', key.accessKeyId) === undefined) rmSync(file, { force: true });
}

type Credentials = Omit<AccessKey, 'status'>;

function keyInUse(view: View, file: string): FirstAccess | null {
  const key = readCredentials(file);
  if (key === null) return null;
  const { userName, accessKeyId, secretAccessKey } = key;
  const known = view.get('accessKey', '', accessKeyId);
  if (known?.status !== 'Active' || known.secretAccessKey !== secretAccessKey) return null;
  return { file, userName, accessKeyId, secretAccessKey, isNew: false };
}

/** Null when the file is not there or not ours. */
function readCredentials(file: string): Credentials | null {
  try {
    const { userName, accessKeyId, secretAccessKey, createdDate } = JSON.parse(readFileSync(file, 'utf8'));
    const isOurs =
      userName === administratorName &&
      /^AKIA[A-Z2-7]{16}$/.test(accessKeyId) &&
      /^[A-Za-z0-9+/]{40}$/.test(secretAccessKey) &&
      typeof createdDate === 'string';
    return isOurs ? { userName, accessKeyId, secretAccessKey, createdDate } : null;
  } catch {
    return null;
  }
}
