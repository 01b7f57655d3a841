// Keys in a file as the AWS tools write it.
//
//   [profile]
//   aws_access_key_id = ...
//   aws_secret_access_key = ...
//   aws_session_token = ...        (if they are temporary)

import { readFileSync } from 'node:fs';
import type { Keys } from './roles.ts';

/**
 * @returns the keys of a profile, or why there are none: a line without any of the file's content
 * @see AWS CLI User Guide, "Configuration and credential file settings"
 */
export function readCredentialsFile(
  file: string,
  profile: string,
): { readonly keys: Keys<string> } | { readonly problem: string } {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { problem: `cannot read "${file}" (${code}); name a file that this user may read` };
  }
  const values = profilesOf(text).get(profile);
  if (values === undefined)
    return {
      problem: `"${file}" has no profile "${profile}"; add [${profile}], or name another with profile`,
    };
  const accessKeyId = values.get('aws_access_key_id') ?? '';
  const secretAccessKey = values.get('aws_secret_access_key') ?? '';
  if (accessKeyId === '' || secretAccessKey === '') {
    const missing = accessKeyId === '' ? 'aws_access_key_id' : 'aws_secret_access_key';
    return { problem: `the profile "${profile}" of "${file}" has no ${missing}` };
  }
  const sessionToken = values.get('aws_session_token') || null;
  return { keys: { accessKeyId, secretAccessKey, sessionToken } };
}

function profilesOf(text: string): Map<string, Map<string, string>> {
  const profiles = new Map<string, Map<string, string>>();
  let current = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const head = /^\s*\[\s*(?:profile\s+)?([^\]]+?)\s*\]/.exec(line);
    if (head !== null) {
      current = profiles.get(head[1]!) ?? new Map();
      profiles.set(head[1]!, current);
      continue;
    }
    const pair = /^\s*([a-z_]+)\s*=\s*(.*?)\s*$/i.exec(line);
    if (pair !== null && !/^\s*[#;]/.test(line)) current.set(pair[1]!.toLowerCase(), pair[2]!);
  }
  return profiles;
}
