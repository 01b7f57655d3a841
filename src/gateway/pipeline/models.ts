// The models of one API as validators, each compiled when a method first needs it.

import { compileModel } from '../../models/index.ts';
import type { ModelValidator } from '../../models/model-validator.ts';
import type { Model } from '../../resources/index.ts';

/** @returns a function that gives the validator of a named model, compiling it at most once */
export type Models = (name: string) => () => ModelValidator;

/** A model without a schema, or that does not exist, accepts everything; deployment has told of it. */
const acceptsAll: ModelValidator = () => null;

export function compileModels(list: readonly Model[]): Models {
  const schemas = new Map(list.map((model) => [model.name, model.schema]));
  const validators = new Map<string, ModelValidator>();
  return (name) => () => {
    let validator = validators.get(name);
    if (validator === undefined) {
      const schema = schemas.get(name);
      validator = schema === undefined ? acceptsAll : compileModel(schema, (other) => schemas.get(other));
      validators.set(name, validator);
    }
    return validator;
  };
}
