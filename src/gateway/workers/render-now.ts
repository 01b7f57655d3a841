// One render, here and now, in whichever thread this is; and what a template's exception means.

import type { RenderFailure } from '../../exchange/tools.ts';
import type { MappingTemplate, RenderResult, TemplateScope } from '../../mapping/template.ts';

/** Renders; a template's fault becomes a value. @param limitMs - the render ends itself after this long */
export function renderNow(
  template: MappingTemplate,
  scope: TemplateScope,
  limitMs: number,
): RenderResult | RenderFailure {
  try {
    return template.render(scope, { timeMs: limitMs });
  } catch (error) {
    return failureOf(error);
  }
}

function failureOf(error: unknown): RenderFailure {
  return { failed: 'error', detail: error instanceof Error ? error.message : String(error) };
}
