// Where the parts of an imported definition came from, so that later checks can name file, line and column.

import type { HttpMethod } from '../../resources/index.ts';
import type { Cursor } from './cursor.ts';
import type { Problem, Severity } from './problem.ts';
import { LineTable } from './source.ts';
import { placeInText } from './text-place.ts';

/** Names of elements. One spelling, so that writer and reader agree. */
export const element = {
  api: 'api',
  policy: 'policy',
  resource: (path: string) => `resource ${path}`,
  method: (verb: HttpMethod, path: string) => `method ${verb} ${path}`,
  integration: (verb: HttpMethod, path: string) => `integration ${verb} ${path}`,
  requestParameter: (verb: HttpMethod, path: string, target: string) => `parameter ${verb} ${path} ${target}`,
  requestTemplate: (verb: HttpMethod, path: string, type: string) => `template ${verb} ${path} ${type}`,
  response: (verb: HttpMethod, path: string, status: string) => `response ${verb} ${path} ${status}`,
  responseParameter: (verb: HttpMethod, path: string, status: string, target: string) =>
    `response parameter ${verb} ${path} ${status} ${target}`,
  responseTemplate: (verb: HttpMethod, path: string, status: string, type: string) =>
    `response template ${verb} ${path} ${status} ${type}`,
  model: (name: string) => `model ${name}`,
  gatewayResponse: (type: string) => `gateway response ${type}`,
} as const;

export class SourceMap {
  readonly #text: string;
  readonly #lines: LineTable;
  readonly #spots = new Map<string, Cursor>();

  constructor(text: string) {
    this.#text = text;
    this.#lines = new LineTable(text);
  }

  set(name: string, cursor: Cursor): void {
    this.#spots.set(name, cursor);
  }

  /** The number or plain word that begins at `offset`, as it was written. */
  wordAt(offset: number): string {
    return /^[^\s,#}\]]*/.exec(this.#text.slice(offset, offset + 100))![0];
  }

  /** A problem at a place of the text. */
  problemAt(severity: Severity, offset: number, path: string, message: string, fix?: string): Problem {
    const place = this.#lines.placeOf(offset);
    return { severity, ...place, path, message, ...(fix === undefined ? {} : { fix }) };
  }

  /** A problem at the key of an element, or of the first of `names` that came from this text. */
  problem(severity: Severity, names: readonly string[], message: string, fix?: string): Problem {
    const spot = names.map((name) => this.#spots.get(name)).find((found) => found !== undefined);
    if (spot === undefined)
      return { severity, line: 0, column: 0, path: '', message, ...(fix ? { fix } : {}) };
    return this.problemAt(severity, spot.keyOffset, spot.pointer, message, fix);
  }

  /** A problem inside a text value: `line` and `column` (from 1) are the value's own. */
  problemInside(
    severity: Severity,
    name: string,
    line: number,
    column: number,
    message: string,
    fix?: string,
  ): Problem {
    const spot = this.#spots.get(name);
    if (spot === undefined) return this.problem(severity, [], message, fix);
    return this.problemAt(
      severity,
      placeInText(this.#text, spot.offset, line, column),
      spot.pointer,
      message,
      fix,
    );
  }
}
