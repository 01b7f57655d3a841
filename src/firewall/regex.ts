// Regular expressions of rules. RE2JS finds in time that is linear in the text, whatever the expression and the text:
// see docs/decisions/firewall.md. What it does not know (back-references) is refused.

import { RE2JS } from 're2js';
import { textOf } from './byte-text.ts';
import { FirewallError, type FirewallField } from './firewall-error.ts';

/** Finds an expression anywhere in a text. @param text - one character for each byte */
export type Find = (text: string) => boolean;

export const regexCharactersMax = 512;

/** @throws FirewallError */
export function compileRegex(source: string, field: FirewallField): Find {
  if (source.length === 0 || source.length > regexCharactersMax)
    throw new FirewallError('Your regular expression is empty or too long.', field, source.slice(0, 100));
  let expression: RE2JS;
  try {
    expression = RE2JS.compile(source);
    // What is too large to be run is told at the first run.
    expression.test('a');
  } catch (error) {
    throw new FirewallError(
      `The regular expression is not valid: ${error instanceof Error ? error.message : String(error)}.`,
      field,
      source,
    );
  }
  return (text) => expression.test(textOf(text));
}
