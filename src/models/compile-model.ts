// A model's JSON Schema (draft 4) compiled into a function that checks parsed JSON. Nothing is ever fetched.

import { createRequire } from 'node:module';
import type { Ajv, Options } from 'ajv';
import { stringFormats } from './formats.ts';
import { detailTexts } from './model-errors.ts';
import {
  addressOfModel,
  gatherModels,
  markRefTargets,
  parseSchema,
  prepareSchema,
  stepKeyword,
} from './model-refs.ts';
import { ModelError, type ModelLookup, type ModelValidator } from './model-validator.ts';
import { LinearPattern, withPatternBudget } from './pattern/linear-pattern.ts';
import { spendStep, withStepBudget } from './step-budget.ts';
import { hasDuplicates } from './unique-items.ts';

/** Values (members and elements) up to which all errors of a body are gathered; in larger ones only the first. */
const valuesMaxForAllErrors = 10_000;

// Loaded with the first model, which is 25 ms after the first request could be served. CommonJS: the class is the
// module itself, which the package's types do not say.
const require = createRequire(import.meta.url);
const draft4 = (): typeof Ajv => require('ajv-draft-04');
const patternEngine = Object.assign((pattern: string) => new LinearPattern(pattern), {
  code: 'LinearPattern',
});
const quietLogger = false;
const metaAddress = 'http://json-schema.org/draft-04/schema';

/**
 * Compiles a model.
 *
 * @param schemaText - the model's schema: a JSON object, JSON Schema draft 4
 * @param lookup - gives the schema text of another model of the same API
 * @returns the validator. A value that is nested too deeply to check, or needs too much work, is invalid.
 * @throws ModelError when the schema cannot be used; remote references are refused, never fetched
 * @see API Gateway Developer Guide, "Data models for REST APIs"
 */
export function compileModel(schemaText: string, lookup: ModelLookup): ModelValidator {
  try {
    const { root, others } = gatherModels(schemaText, lookup);
    return compileSchema(root, others);
  } catch (error) {
    if (error instanceof RangeError) throw new ModelError('The model is nested too deeply', { cause: error });
    throw error;
  }
}

/**
 * Compiles all models of an API, each once however often the others refer to it.
 *
 * @param schemaTexts - name -> schema
 * @returns name -> what is wrong, for the models that cannot be used
 */
export function modelProblems(schemaTexts: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const problems = new Map<string, string>();
  const schemas = new Map<string, object>();
  const attempt = (name: string, work: () => void) => {
    if (problems.has(name)) return;
    try {
      work();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      problems.set(
        name,
        error instanceof ModelError ? error.message : `Cannot compile the model: ${error.message}`,
      );
    }
  };
  for (const [name, text] of schemaTexts) {
    attempt(name, () => {
      const schema = prepareSchema(parseSchema(text, 'The model')) as object;
      refuseUnlessDraft4(schema);
      schemas.set(name, schema);
    });
  }
  const ajv = newAjv({});
  for (const [name, schema] of schemas) attempt(name, () => ajv.addSchema(schema, addressOfModel(name)));
  for (const name of schemas.keys()) attempt(name, () => ajv.getSchema(addressOfModel(name)));
  return problems;
}

/** Compiles a parsed schema; `others` are the documents that its references may name, by address. */
export function compileSchema(root: object, others: ReadonlyMap<string, object>): ModelValidator {
  for (const schema of [root, ...others.values()]) refuseUnlessDraft4(schema);
  markRefTargets(root, others);
  const isValid = compileWith(root, others, { allErrors: false });
  // Most requests are valid, so the function that words errors is made when the first invalid one comes.
  let explain: ReturnType<typeof compileWith> | undefined;
  return (value) => {
    try {
      if (withBudgets(value, () => isValid(value))) return null;
      if (hasMoreValuesThan(value, valuesMaxForAllErrors)) return detailTexts(isValid.errors ?? []);
      explain ??= compileWith(root, others, { allErrors: true });
      withBudgets(value, () => explain!(value));
      return detailTexts(explain.errors ?? []);
    } catch (error) {
      if (error instanceof RangeError) return [`instance cannot be validated: ${error.message}`];
      throw error;
    }
  };
}

const withBudgets = <T>(value: unknown, work: () => T): T =>
  withStepBudget(value, () => withPatternBudget(work));

// Checks schemas themselves. Its compiled meta-schema is shared: compiling it costs more than most models do.
const metaAjv = withLinearUniqueItems(new (draft4())({ strict: false, logger: quietLogger }));

function refuseUnlessDraft4(schema: object): void {
  if (metaAjv.validate(metaAddress, schema)) return;
  const { instancePath, message } = metaAjv.errors![0]!;
  throw new ModelError(`The model is not JSON Schema draft 4: ${instancePath || 'the schema'} ${message}`);
}

function compileWith(root: object, others: ReadonlyMap<string, object>, options: Options) {
  const ajv = newAjv(options);
  try {
    for (const [address, schema] of others) ajv.addSchema(schema, address);
    return ajv.compile(root);
  } catch (error) {
    throw new ModelError(`Cannot compile the model: ${(error as Error).message}`, { cause: error });
  }
}

function newAjv(options: Options): Ajv {
  const ajv = new (draft4())({
    strict: false,
    verbose: true,
    ownProperties: true,
    ignoreKeywordsWithRef: true,
    logger: quietLogger,
    validateSchema: false,
    code: { regExp: patternEngine },
    formats: Object.fromEntries(
      Object.entries(stringFormats).map(([name, format]) => [
        name,
        { type: 'string', validate: format.check },
      ]),
    ),
    ...options,
  });
  ajv.addKeyword({ keyword: stepKeyword, schemaType: 'boolean', validate: spendStep, errors: false });
  return withLinearUniqueItems(ajv);
}

// Ajv compares elements pair by pair: a 10 MB body of small arrays would take hours, and a schema with an enum of
// 40,000 texts 9 s.
function withLinearUniqueItems(ajv: Ajv): Ajv {
  ajv.removeKeyword('uniqueItems');
  return ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    validate: (unique: boolean, items: unknown[]) => !unique || !hasDuplicates(items),
    errors: false,
  });
}

function hasMoreValuesThan(value: unknown, max: number): boolean {
  const waiting: unknown[] = [value];
  for (let seen = 0; waiting.length > 0; seen++) {
    if (seen + waiting.length > max) return true;
    const current = waiting.pop();
    if (typeof current !== 'object' || current === null) continue;
    const count = Array.isArray(current) ? current.length : 0;
    if (seen + waiting.length + count > max) return true;
    for (const member of Object.values(current)) waiting.push(member);
  }
  return false;
}
