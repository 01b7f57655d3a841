// Request validators, and which one an operation has.

import type { RequestValidator } from '../../resources/index.ts';
import type { Cursor } from './cursor.ts';
import type { ImportContext } from './import-context.ts';

export class ValidatorTable {
  readonly #context: ImportContext;
  readonly #byName = new Map<string, RequestValidator>();
  readonly #default: Cursor | undefined;

  constructor(context: ImportContext) {
    this.#context = context;
    const { existing, mode } = context.options;
    if (mode === 'merge')
      for (const one of existing?.requestValidators ?? []) this.#byName.set(one.name ?? '', one);
    const declared = context.extensionMap(context.root, 'x-amazon-apigateway-request-validators');
    for (const [name, at] of declared?.entries() ?? []) {
      if (name.trim() === '') context.atKey('error', at, 'Request Validator name cannot be blank');
      this.#byName.set(name, {
        id: existing?.requestValidators.find((one) => one.name === name)?.id ?? context.newId(6),
        name,
        validateRequestBody: context.boolean(at, 'validateRequestBody') ?? false,
        validateRequestParameters: context.boolean(at, 'validateRequestParameters') ?? false,
      });
    }
    this.#default = context.extension(context.root, 'x-amazon-apigateway-request-validator');
    if (this.#default !== undefined) this.#idOf(this.#default);
  }

  get validators(): readonly RequestValidator[] {
    return [...this.#byName.values()];
  }

  /** The validator of an operation: its own, else the document's. */
  idFor(operation: Cursor): string | undefined {
    const chosen =
      this.#context.extension(operation, 'x-amazon-apigateway-request-validator') ?? this.#default;
    return chosen === undefined ? undefined : this.#idOf(chosen);
  }

  #idOf(at: Cursor): string | undefined {
    const found = this.#byName.get(at.word);
    if (found === undefined) {
      const fix = `declare "${at.word}" under x-amazon-apigateway-request-validators`;
      this.#context.error(at, 'Invalid Request Validator identifier specified', fix);
    }
    return found?.id;
  }
}
