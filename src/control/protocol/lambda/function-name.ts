// How clients name functions: `hello`, `hello:prod`, `000000000000:function:hello`, an ARN.

import type { NamedAccount } from '../service.ts';

export interface FunctionName {
  readonly name: string;
  /** Version or alias; null where none is named. */
  readonly qualifier: string | null;
  /** As an ARN names it; null: this one's. */
  readonly region: string | null;
  readonly accountId: string | null;
}

const form =
  /^(?:(?:arn:[a-z-]+:lambda:)?(?:([a-z]{2}(?:-[a-z]+)+-\d):)?(?:(\d{12}):)?(?:function:)?)([A-Za-z0-9_-]+)(?::(\$LATEST|[A-Za-z0-9_-]+))?$/;

/** @returns null when it is none of the forms */
export function readFunctionName(text: string): FunctionName | null {
  const found = form.exec(text);
  if (found === null) return null;
  const [, region = null, accountId = null, name, qualifier = null] = found;
  return { name: name!, qualifier, region, accountId };
}

/** @param qualifier - null: unqualified */
export const functionArn = (
  { partition, region, accountId }: NamedAccount,
  name: string,
  qualifier: string | null = null,
): string =>
  `arn:${partition}:lambda:${region}:${accountId}:function:${name}${qualifier === null ? '' : `:${qualifier}`}`;
