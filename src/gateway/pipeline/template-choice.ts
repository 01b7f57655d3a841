// Templates by media type.

import type { PreparedTemplate, Renderer, RenderFailure } from '../../exchange/tools.ts';
import type { RenderResult } from '../../mapping/index.ts';

export interface TemplateChoice {
  /** The key it was declared under, such as `application/json` or `$default`. */
  readonly key: string;
  readonly prepared: PreparedTemplate;
}

export type Templates = ReadonlyMap<string, TemplateChoice>;

/**
 * @param source - content type -> template text
 * @throws TemplateParseError when one does not parse; deployment checks before
 */
export function compileTemplates(
  source: Readonly<Record<string, string>> | undefined,
  renderer: Renderer,
): Templates {
  const templates = new Map<string, TemplateChoice>();
  for (const [key, text] of Object.entries(source ?? {}))
    templates.set(key.toLowerCase(), { key, prepared: renderer.templateOf(text) });
  return templates;
}

/** True when a renderer gave up. */
export function isRenderFailure(result: RenderResult | RenderFailure): result is RenderFailure {
  return 'failed' in result;
}
