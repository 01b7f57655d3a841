// Regular expressions of rules. RE2JS finds in time that is linear in the text, whatever the expression and the text:
// see docs/decisions/firewall.md. What it does not know (back-references) is refused.

import { RE2JS } from 're2js';
import { textOf } from './byte-text.ts';
import { FirewallError, type FirewallField } from './firewall-error.ts';

/** Finds an expression anywhere in a text. @param text - one character for each byte */
export type Find = (text: string) => boolean;

const regexCharactersMax = 512;

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

/**
 * Finds any of several expressions, in one pass where they fit into one: half the time for two.
 * @throws FirewallError as for each of them
 */
export function compileAnyRegex(sources: readonly string[], field: FirewallField): Find {
  const finds = sources.map((source) => compileRegex(source, field));
  if (finds.length === 1) return finds[0]!;
  try {
    const together = RE2JS.compile(sources.map((source) => `(?:${source})`).join('|'));
    together.test('a');
    if (sources.length > 0) return (text) => together.test(textOf(text));
  } catch {
    // Together they are too large.
  }
  return (text) => finds.some((find) => find(text));
}
