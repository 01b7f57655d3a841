// A JSONPath over a JSON text, for parameter mappings.

import { TemplateRenderError } from './errors.ts';
import { LenientJsonError, parseLenientJson } from './json/parse.ts';
import { toJsonText } from './json/write.ts';
import { compileJsonPath } from './jsonpath/json-path.ts';
import { refillMeter } from './value/meter.ts';
import { toDisplayText } from './value/text.ts';

/** The text is not JSON. */
export const notJson = Symbol('not JSON');

/**
 * Compiles a path for texts.
 *
 * @returns what stands there as text: a string as it is, another scalar as printed, a map or list as JSON; null
 * when nothing or a JSON null is there; or {@link notJson}
 * @see data-plane reference, section 7
 */
export function compileTextPath(source: string): (text: string) => string | null | typeof notJson {
  const path = compileJsonPath(source);
  return (text) => {
    refillMeter();
    try {
      const found = path.read(parseLenientJson(text)) ?? null;
      if (found === null) return null;
      return typeof found === 'object' ? toJsonText(found) : toDisplayText(found);
    } catch (error) {
      if (error instanceof LenientJsonError) return notJson;
      if (error instanceof TemplateRenderError) return null;
      throw error;
    }
  };
}

/** One member of a JSON object given as text; undefined when the text is no object, or has no such member. */
export function memberOfText(text: string, name: string): string | number | undefined {
  refillMeter();
  try {
    const found = compileJsonPath(`$.${name}`).read(parseLenientJson(text));
    return typeof found === 'string' || typeof found === 'number' ? found : undefined;
  } catch (error) {
    if (error instanceof LenientJsonError || error instanceof TemplateRenderError) return undefined;
    throw error;
  }
}
