// What can be said of a resource policy without evaluating it: whether it restricts anybody at all. Pure.

/** Does a policy let everyone call everything, with no condition and no denial? Anything else is not such a policy. */
export function isAllowAll(policy: string, apiId: string): boolean {
  try {
    const { Statement: statement } = JSON.parse(policy) as { Statement?: unknown };
    const statements = [statement].flat() as Record<string, unknown>[];
    return statements.length > 0 && statements.every((one) => allowsEveryone(one, apiId));
  } catch {
    return false;
  }
}

const statementMembers = new Set(['Sid', 'Effect', 'Principal', 'Action', 'Resource']);
/** The resources of a policy that stand for the whole of an API. */
function wholeApi(apiId: string): RegExp {
  const arn = 'arn:[a-z-]+:execute-api:[a-z0-9*-]*:[0-9*]*';
  const paths = String.raw`/\*(?:/\*){0,2}`;
  return new RegExp(String.raw`^(?:\*|execute-api:${paths}|${arn}:\*|${arn}:(?:\*|${apiId})${paths})$`);
}

function allowsEveryone(statement: Record<string, unknown>, apiId: string): boolean {
  if (Object.keys(statement).some((member) => !statementMembers.has(member))) return false;
  const { Effect: effect, Principal: principal, Action: action, Resource: resource } = statement;
  const isEveryone = principal === '*' || isListOf((principal as { AWS?: unknown } | null)?.AWS, /^\*$/);
  const isInvoke = isListOf(action, /^(\*|execute-api:(\*|Invoke))$/i);
  return effect === 'Allow' && isEveryone && isInvoke && isListOf(resource, wholeApi(apiId));
}

function isListOf(value: unknown, pattern: RegExp): boolean {
  const values = [value].flat();
  return values.some((one) => typeof one === 'string' && pattern.test(one));
}
