// The signing vectors, read from the folder beside the repository; an empty list where it is absent.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SignedParts } from '../../src/base/sigv4/index.ts';

const folder = fileURLToPath(new URL('../../../shared/vectors/sigv4', import.meta.url));

export interface ParsedRequest extends SignedParts {
  readonly body: string;
}

export interface Vector {
  readonly name: string;
  readonly accessKeyId: string;
  readonly secret: string;
  readonly token: string | undefined;
  readonly isTokenOmitted: boolean;
  readonly isNormalised: boolean;
  readonly isBodySigned: boolean;
  readonly nowMs: number;
  readonly expiresSeconds: number;
  /** Text of a file of the case, for example `header-signed-request.txt`. */
  readonly file: (name: string) => string;
  readonly request: (name: string) => ParsedRequest;
}

export const absent = existsSync(folder) ? false : 'the signing vectors are not beside the repository';

export const vectors: readonly Vector[] = absent
  ? []
  : readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => vector(name));

function vector(name: string): Vector {
  const file = (part: string): string => readFileSync(join(folder, name, part), 'utf8');
  const context = JSON.parse(file('context.json'));
  return {
    name,
    accessKeyId: context.credentials.access_key_id,
    secret: context.credentials.secret_access_key,
    token: context.credentials.token,
    isTokenOmitted: context.omit_session_token === true,
    isNormalised: context.normalize,
    isBodySigned: context.sign_body,
    nowMs: Date.parse(context.timestamp),
    expiresSeconds: context.expiration_in_seconds,
    file,
    request: (part) => parseRequest(file(part)),
  };
}

/** Names in lower case; folded lines joined as they stand. */
function parseRequest(text: string): ParsedRequest {
  const end = text.indexOf('\n\n');
  const head = (end < 0 ? text : text.slice(0, end)).split('\n');
  const [, method, target] = /^(\S+) (.*) HTTP\/1\.1$/.exec(head[0]!)!;
  const question = target!.indexOf('?');
  const headers: string[] = [];
  for (const line of head.slice(1)) {
    if (line === '') continue;
    if (line.startsWith(' ')) headers[headers.length - 1] += `\n${line}`;
    else headers.push(line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1));
  }
  return {
    method: method!,
    path: question < 0 ? target! : target!.slice(0, question),
    query: question < 0 ? '' : target!.slice(question + 1),
    headers,
    body: end < 0 ? '' : text.slice(end + 2),
  };
}
