// The query of a request: names and values in the order sent.

import { badRequest } from './exceptions.ts';

export interface QueryParameter {
  readonly name: string;
  readonly value: string;
  /** As received: only here a comma that separates differs from one that is part of a value. */
  readonly rawValue: string;
}

const none: readonly QueryParameter[] = [];

/** @param raw - without the `?` @throws AwsException when it is not percent-encoded UTF-8 */
export function parseQuery(raw: string): readonly QueryParameter[] {
  if (raw === '') return none;
  const parameters: QueryParameter[] = [];
  for (const pair of raw.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const rawValue = equals < 0 ? '' : pair.slice(equals + 1);
    const name = decodeQueryText(equals < 0 ? pair : pair.slice(0, equals));
    parameters.push({ name, value: decodeQueryText(rawValue), rawValue });
  }
  return parameters;
}

/** Percent-decoded, with `+` for a blank, as forms write it. */
export function decodeQueryText(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    throw badRequest('The request URI is not percent-encoded UTF-8');
  }
}
