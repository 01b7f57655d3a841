// A file that is refused with all that is wrong with it.

import type { Problem } from '../control/openapi/problem.ts';
import { shownName } from './read-text.ts';

/** The file has errors; nothing was changed. */
export class RefusedFileError extends Error {
  override readonly name = 'RefusedFileError';
  readonly file: string;
  readonly problems: readonly Problem[];

  constructor(file: string, problems: readonly Problem[]) {
    super(`"${shownName(file)}" has errors`);
    this.file = shownName(file);
    this.problems = problems;
  }
}
