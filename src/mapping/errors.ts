// What can go wrong with a mapping template, as types the callers tell apart. Nothing else ever leaves this room.

/** The template text is not a template: told at compile time (and by `#evaluate` at run time). */
export class TemplateParseError extends Error {
  override readonly name: string = 'TemplateParseError';
  /** 1-based position in the template text. */
  readonly line: number;
  readonly column: number;
  constructor(message: string, line: number, column: number) {
    super(`${message} at line ${line}, column ${column}`);
    this.line = line;
    this.column = column;
  }
}

/** A run-time fault ended the render; API Gateway answers 500 `Internal server error`. */
export class TemplateRenderError extends Error {
  override readonly name: string = 'TemplateRenderError';
}

/** The template reached for a file or another template (`#include`, `#parse`); nothing is ever read. */
export class TemplateRefusedError extends TemplateRenderError {
  override readonly name: string = 'TemplateRefusedError';
}
