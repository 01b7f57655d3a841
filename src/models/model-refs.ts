// References between models: https://apigateway.amazonaws.com/restapis/{apiId}/models/{Name}, found and gathered.

import { ModelError, type ModelLookup } from './model-validator.ts';

const modelUrl = /^https:\/\/apigateway\.amazonaws\.com\/restapis\/[^/#]+\/models\/([^/#]+)(#.*)?$/;
/** Models reachable from one; AWS allows far fewer in an API. */
const modelsMax = 1000;

/** The address under which `name` is known to the compiler, whatever API id a reference carries. */
export const addressOfModel = (name: string): string =>
  `https://apigateway.amazonaws.com/restapis/api/models/${encodeURIComponent(name)}`;

/** The name in a reference to a model of the API; undefined when `ref` is something else. */
export function modelNameOf(ref: string): string | undefined {
  const found = modelUrl.exec(ref);
  return found === null ? undefined : decodePart(found[1]!);
}

/**
 * Parses a schema and every model that it reaches (also in circles).
 *
 * @returns the schema, and the others by their address; references in all of them carry these addresses
 * @throws ModelError when a model is missing or is not JSON
 */
export function gatherModels(
  schemaText: string,
  lookup: ModelLookup,
): { readonly root: object; readonly others: ReadonlyMap<string, object> } {
  const others = new Map<string, object>();
  const names: string[] = [];
  const rename = (name: string): string => {
    names.push(name);
    return addressOfModel(name);
  };
  const root = prepareSchema(parseSchema(schemaText, 'The model'), rename) as object;
  while (names.length > 0) {
    const name = names.pop()!;
    if (others.has(addressOfModel(name))) continue;
    if (others.size >= modelsMax) throw new ModelError(`The model refers to more than ${modelsMax} others`);
    const text = lookup(name);
    if (text === undefined) throw new ModelError(`Invalid model name specified: ${name}`);
    others.set(addressOfModel(name), prepareSchema(parseSchema(text, `Model "${name}"`), rename) as object);
  }
  return { root, others };
}

/** @throws ModelError when `text` is no JSON object; `who` begins its message */
export function parseSchema(text: string, who: string): object {
  let schema: unknown;
  try {
    schema = JSON.parse(text);
  } catch (error) {
    throw new ModelError(`${who} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) {
    throw new ModelError(`${who} must be a JSON object`);
  }
  return schema;
}

/**
 * Copies a schema for the compiler: references are renamed, and what the compiler and draft 4 see differently is
 * put into a form on which they agree. Values under `enum` and `default` are data: a "$ref" in them is only text.
 *
 * @param rename - gives the address to use for the model of that name
 */
export function prepareSchema(schema: unknown, rename: (name: string) => string = addressOfModel): unknown {
  if (Array.isArray(schema)) return schema.map((item) => prepareSchema(item, rename));
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries: [string, unknown][] = [];
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'enum' || key === 'default') entries.push([key, value]);
    else if (key === '$ref' && typeof value === 'string') entries.push([key, renamedRef(value, rename)]);
    // Beside a reference an `id` means nothing in draft 4; the compiler would take it as a new base.
    else if (key !== 'id' || !hasRef(schema)) entries.push([key, prepareSchema(value, rename)]);
  }
  return protoAsPattern(Object.fromEntries(entries));
}

function renamedRef(ref: string, rename: (name: string) => string): string {
  const name = modelNameOf(ref);
  return name === undefined ? ref : rename(name) + (modelUrl.exec(ref)![2] ?? '');
}

const hasRef = (schema: object): boolean => '$ref' in schema && typeof schema.$ref === 'string';

// Ajv skips a property named "__proto__"; as a pattern it is checked like any other.
function protoAsPattern(schema: Record<string, unknown>): Record<string, unknown> {
  const properties = schema.properties;
  if (typeof properties !== 'object' || properties === null || !Object.hasOwn(properties, '__proto__'))
    return schema;
  const own = Object.getOwnPropertyDescriptor(properties, '__proto__')!.value;
  return {
    ...schema,
    patternProperties: { ...(schema.patternProperties as object | undefined), '^__proto__$': own },
  };
}

/** The keyword that counts evaluations of a schema; see step-budget.ts. */
export const stepKeyword = 'sluiceStep';

/**
 * Marks every schema that a reference leads to, in place: recursion passes through them.
 *
 * @param root - the prepared schema that is validated against
 * @param others - the prepared documents that references may name, by address
 */
export function markRefTargets(root: object, others: ReadonlyMap<string, object>): void {
  for (const document of [root, ...others.values()]) {
    for (const ref of refsIn(document)) {
      const [base, pointer = ''] = ref.split('#', 2);
      const target = follow(base === '' ? document : others.get(base!), pointer);
      if (target !== undefined && !hasRef(target)) Object.assign(target, { [stepKeyword]: true });
    }
  }
}

function* refsIn(schema: unknown): Generator<string> {
  if (typeof schema !== 'object' || schema === null) return;
  for (const [key, value] of Object.entries(schema)) {
    if (key === '$ref' && typeof value === 'string') yield value;
    else if (key !== 'enum' && key !== 'default') yield* refsIn(value);
  }
}

function follow(document: unknown, pointer: string): object | undefined {
  let at = document;
  for (const part of pointer.split('/').slice(1)) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Record<string, unknown>)[
      decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
    ];
  }
  return typeof at === 'object' && at !== null && !Array.isArray(at) ? at : undefined;
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // A lone "%": the compiler will say that the reference leads nowhere.
    return part;
  }
}
