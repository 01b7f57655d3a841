// selectionPattern: a Java regular expression over a whole status code or error message, with a budget.

import { TemplateRenderError } from './errors.ts';
import { compileRegex } from './regex/regex.ts';
import { refillMeter } from './value/meter.ts';

/** A pattern that searches longer than this on one text does not match it. */
const stepsMax = 1_000_000;

/**
 * Compiles a selectionPattern.
 *
 * @returns whether a whole text matches; false for a text on which the pattern runs away
 * @throws RegexSyntaxError when it is no Java regular expression; told at import and deployment
 * @see data-plane reference, section 13
 */
export function compileSelectionPattern(pattern: string): (text: string) => boolean {
  const regex = compileRegex(pattern);
  return (text) => {
    refillMeter(stepsMax);
    try {
      return regex.matches(text);
    } catch (error) {
      if (error instanceof TemplateRenderError) return false;
      throw error;
    }
  };
}
