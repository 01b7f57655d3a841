// Parts of a request, transformed. Rules that look at the same part in the same way share one view, so that it is
// read and transformed once for each request.

import type { Field } from './fields.ts';
import type { Inspection, Reading } from './inspection.ts';
import type { Transformations } from './transformations.ts';

export interface View {
  readonly index: number;
  read(inspection: Inspection): Reading;
}

/** The views of one web ACL. */
export class Views {
  readonly #views = new Map<string, View>();

  get count(): number {
    return this.#views.size;
  }

  of(field: Field, transformations: Transformations): View {
    const key = `${field.key}|${transformations.key}`;
    const known = this.#views.get(key);
    if (known !== undefined) return known;
    const index = this.#views.size;
    const { list } = transformations;
    const view: View = {
      index,
      read: (inspection) => {
        const reading = field.read(inspection);
        if (typeof reading === 'boolean' || list.length === 0) return reading;
        return reading.map((text) => list.reduce((last, transform) => transform(last), text));
      },
    };
    this.#views.set(key, view);
    return view;
  }
}
