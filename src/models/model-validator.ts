// The contract of the models room: a JSON Schema draft 4 document in, a validating function out.

/** Checks parsed JSON. @returns null when valid, else AWS's detail texts in order of discovery. */
export type ModelValidator = (value: unknown) => readonly string[] | null;

/** Looks up another model of the same API by name, for `https://apigateway.amazonaws.com/restapis/{id}/models/{Name}`. */
export type ModelLookup = (name: string) => string | undefined;

/** A schema that cannot be compiled: told at import and deployment, never on a request. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
}
