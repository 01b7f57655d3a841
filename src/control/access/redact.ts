// What of a call may be written down. Secrets are hidden by name, wherever in the parameters or the answer they stand;
// long texts are cut.

/** As CloudTrail says it. */
export const hidden = 'HIDDEN_DUE_TO_SECURITY_REASONS';

const textCharactersMax = 2_048;

type Rule = (value: unknown) => unknown;

const hide: Rule = () => hidden;
/** A map whose names are worth knowing and whose values may be secrets. */
const hideValues: Rule = (value) => mapValues(value, hide);
const sizes: Rule = (value) => mapValues(value, sizeOf);

/** By member name, at any depth. One line for each secret; test/control/access/redact.test.ts has a case for each. */
const rules: Readonly<Record<string, Rule>> = {
  // API keys: CreateApiKey, GetUsagePlanKey ...
  value: hide,
  // Certificates of domain names and of the gateway itself.
  certificatePrivateKey: hide,
  pemEncodedPrivateKey: hide,
  // Users.
  secretAccessKey: hide,
  SecretAccessKey: hide,
  SessionToken: hide,
  // Stage variables are where people keep what differs between stages, passwords too.
  variables: hideValues,
  stageVariables: hideValues,
  stageVariableOverrides: hideValues,
  // The environment of a function, likewise.
  Variables: hideValues,
  clientContext: hide,
  eventSourceToken: hide,
  // Values that an integration sends: 'Bearer ...' in quotes is a secret, method.request.header.x is a name.
  requestParameters: (value) => mapValues(value, hideLiteral),
  requestTemplates: sizes,
  responseTemplates: sizes,
  uri: (value) => hideInUri(value),
  integrationUri: (value) => hideInUri(value),
  // TestInvokeMethod and TestInvokeAuthorizer: a request as a client would send it.
  headers: hideValues,
  multiValueHeaders: hideValues,
  additionalContext: hideValues,
  pathWithQueryString: (value) => hideInUri(value),
  // What came back: the execution log repeats headers and bodies, the claims are somebody's.
  log: (value) => sizeOf(value),
  logTail: (value) => sizeOf(value),
  claims: hideValues,
  // Documents and bodies: what is in them is not known.
  body: (value) => sizeOf(value),
  payload: (value) => sizeOf(value),
  text: (value) => sizeOf(value),
  // By other names than those of today's operations.
  authorization: hide,
  password: hide,
  token: hide,
  sessionToken: hide,
  patchOperations: (value) => (Array.isArray(value) ? value.map(redactPatch) : redact(value)),
};

const rulesByName: ReadonlyMap<string, Rule> = new Map(Object.entries(rules));

/** A copy that may be written down. @param value - not changed */
export function redact(value: unknown): unknown {
  if (typeof value === 'string') return cut(value);
  if (Array.isArray(value)) return value.map(redact);
  if (value instanceof Uint8Array) return sizeOf(value);
  if (typeof value !== 'object' || value === null) return value;
  const copy: Record<string, unknown> = {};
  for (const name of Object.keys(value)) {
    const member = (value as Readonly<Record<string, unknown>>)[name];
    const rule = member === undefined || member === null ? undefined : rulesByName.get(name);
    const shown = rule === undefined ? redact(member) : rule(member);
    // A name that an assignment would take for the prototype.
    if (name === '__proto__') Object.defineProperty(copy, name, { value: shown, enumerable: true });
    else copy[name] = shown;
  }
  return copy;
}

/** Paths of patch operations whose value is treated like the member of that name; capitals do not matter. */
const patchRules: readonly (readonly [path: RegExp, rule: Rule])[] = [
  [/^\/value$/i, hide],
  [/privatekey/i, hide],
  [/^\/variables/i, hide],
  [/^\/canarysettings\/stagevariableoverrides/i, hide],
  [/^\/requestparameters/i, (value) => hideLiteral(value)],
  [/^\/(request|response)templates/i, (value) => sizeOf(value)],
  [/^\/uri$/i, (value) => hideInUri(value)],
];

function redactPatch(operation: unknown): unknown {
  if (typeof operation !== 'object' || operation === null) return redact(operation);
  const { path, value, ...others } = operation as Readonly<Record<string, unknown>>;
  const rule = patchRules.find(([pattern]) => typeof path === 'string' && pattern.test(path))?.[1] ?? redact;
  const members = redact({ ...others, ...(path === undefined ? {} : { path }) }) as object;
  return value === undefined ? members : { ...members, value: rule(value) };
}

/** `'text'` stands for itself in a mapping; without quotes it names where the value comes from. */
function hideLiteral(value: unknown): unknown {
  return typeof value === 'string' && value.trimStart().startsWith("'") ? `'${hidden}'` : redact(value);
}

/** User and password of a URL, and the values of its query. */
function hideInUri(value: unknown): unknown {
  if (typeof value !== 'string') return redact(value);
  const withoutUser = value.replace(/^([A-Za-z][A-Za-z0-9+.-]*:)?\/\/[^/?#]*@/, `$1//${hidden}@`);
  const question = withoutUser.indexOf('?');
  if (question < 0) return cut(withoutUser);
  const query = withoutUser.slice(question).replace(/=[^&#]*/g, `=${hidden}`);
  return cut(withoutUser.slice(0, question) + query);
}

function sizeOf(value: unknown): unknown {
  if (typeof value === 'string') return `(${value.length} characters)`;
  if (value instanceof Uint8Array) return `(${value.byteLength} bytes)`;
  return hidden;
}

const cut = (text: string): string =>
  text.length <= textCharactersMax
    ? text
    : `${text.slice(0, textCharactersMax)}... (${text.length} characters)`;

function mapValues(value: unknown, rule: Rule): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return hidden;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, rule(member)]));
}

/** The client's text of an error, without what it repeats of the request's own secrets. */
export function redactError(type: string, message: string): string {
  // "Authorization={value}" ends the text of an incomplete signature.
  if (type === 'IncompleteSignatureException')
    return cut(message.replace(/Authorization=.*$/s, `Authorization=${hidden}`));
  // The canonical request, which follows the first paragraph, repeats header fields and query.
  const paragraph = message.indexOf('\n\n');
  return cut(paragraph < 0 ? message : message.slice(0, paragraph));
}
