// The forms in which a caller may name a function: `hello`, `hello:prod`, `000000000000:function:hello`, a whole ARN.

import { lambdaLimits } from './limits.ts';
import { invalidMember, qualifiersDiffer, type Refusal } from './refusal.ts';

export interface FunctionReference {
  readonly name: string;
  /** null: the name stands alone. */
  readonly region: string | null;
  readonly accountId: string | null;
  /** Version, alias or `$LATEST`; null: the unqualified function. */
  readonly qualifier: string | null;
}

/** As the API model of Lambda prints it in its messages. */
const namePattern =
  '(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?';
const qualifierPattern = '(|[a-zA-Z0-9$_-]+)';

/** The same, but that region names may have more parts: `us-isob-east-1`, and those that people invent. */
const reference =
  /^(?:arn:[a-z-]+:lambda:([a-z0-9-]+):(\d{12}):function:|(\d{12}):(?:function:)?|function:)?([A-Za-z0-9_-]+)(?::(\$LATEST|[A-Za-z0-9_-]+))?$/;

/**
 * @param functionName - as the URI of the Invoke operation has it, decoded
 * @param qualifier - as its Qualifier parameter; null or '' when absent
 */
export function parseFunctionName(
  functionName: string,
  qualifier: string | null,
): FunctionReference | Refusal {
  if (functionName.length > lambdaLimits.functionNameCharactersMax)
    return invalidMember(
      'functionName',
      functionName,
      `Member must have length less than or equal to ${lambdaLimits.functionNameCharactersMax}`,
    );
  const found = reference.exec(functionName);
  if (found === null)
    return invalidMember(
      'functionName',
      functionName,
      `Member must satisfy regular expression pattern: ${namePattern}`,
    );
  const [, region, arnAccountId, accountId, name, ownQualifier] = found;
  const separate = qualifier === null || qualifier === '' ? null : qualifier;
  if (separate !== null) {
    if (separate.length > lambdaLimits.qualifierCharactersMax)
      return invalidMember(
        'qualifier',
        separate,
        `Member must have length less than or equal to ${lambdaLimits.qualifierCharactersMax}`,
      );
    if (!/^[A-Za-z0-9$_-]+$/.test(separate))
      return invalidMember(
        'qualifier',
        separate,
        `Member must satisfy regular expression pattern: ${qualifierPattern}`,
      );
    if (ownQualifier !== undefined && ownQualifier !== separate) return qualifiersDiffer;
  }
  return {
    name: name!,
    region: region ?? null,
    accountId: arnAccountId ?? accountId ?? null,
    qualifier: ownQualifier ?? separate,
  };
}
