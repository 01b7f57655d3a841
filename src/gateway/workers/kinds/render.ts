// Rendering a mapping template in a worker thread. A template is known there by a number: its source crosses only
// when a thread says that it does not know it, which each thread does once (and again when it has been replaced, or
// has seen so many other templates that it forgot).

import type { RenderFailure } from '../../../exchange/tools.ts';
import type { MappingTemplate, RenderResult, TemplateScope } from '../../../mapping/template.ts';
import type { JobKind } from '../job-kind.ts';
import { renderNow } from '../render-now.ts';
import { fromWire, toWire } from '../wire.ts';

export const renderKindName = 'render';

/** Templates that one thread keeps compiled; the one used longest ago goes first. */
export const templatesMax = 1024;

/** [template id, its source or null, then the scope] */
type Payload = readonly [number, string | null, string | null, ...unknown[]];

/** [0, ns, output, request override, response override] | [1, failed, detail] | [2] = source wanted */
type Reply =
  | readonly [0, number, string, unknown, unknown]
  | readonly [1, RenderFailure['failed'], string]
  | readonly [2];

/** @param source - null: the thread is thought to know the template */
export function encodeRender(templateId: number, source: string | null, scope: TemplateScope): unknown {
  const { body, path, querystring, header, headerNamesFolded } = scope.input;
  return [
    templateId,
    source,
    body,
    toWire(path),
    toWire(querystring),
    toWire(header),
    headerNamesFolded ?? null,
    toWire(scope.context),
    toWire(scope.stageVariables),
  ] satisfies Payload;
}

/** @returns null: the thread wants the source. `learn` is told how long the render took, in nanoseconds */
export function decodeRendered(
  reply: unknown,
  learn: (ns: number) => void,
): RenderResult | RenderFailure | null {
  const fields = reply as Reply;
  if (fields[0] === 2) return null;
  if (fields[0] === 1) return { failed: fields[1], detail: fields[2] };
  learn(fields[1]);
  return { output: fields[2], ...overrides(fields[3], fields[4]) };
}

function overrides(request: unknown, response: unknown): Partial<RenderResult> {
  const found: { requestOverride?: never; responseOverride?: never } = {};
  if (request !== null) found.requestOverride = fromWire(request) as never;
  if (response !== null) found.responseOverride = fromWire(response) as never;
  return found;
}

/** Makes the thread's side. @param compile - mapping's compiler; tests give one that can do harm */
export function createRenderKind(compile: (source: string) => MappingTemplate): JobKind {
  const templates = new Map<number, MappingTemplate>();

  function find(id: number, source: string | null): MappingTemplate | undefined {
    const known = templates.get(id);
    if (known !== undefined) {
      // A Map keeps its entries in the order of insertion: this makes the template the youngest.
      templates.delete(id);
      templates.set(id, known);
      return known;
    }
    if (source === null) return undefined;
    if (templates.size >= templatesMax) templates.delete(templates.keys().next().value!);
    const template = compile(source);
    templates.set(id, template);
    return template;
  }

  return {
    name: renderKindName,
    run(payload, limitMs): Reply {
      const [id, source, body, path, querystring, header, folded, context, stageVariables] =
        payload as Payload;
      const template = find(id, source);
      if (template === undefined) return [2];
      const scope = {
        input: {
          body,
          path: fromWire(path),
          querystring: fromWire(querystring),
          header: fromWire(header),
          ...(folded === null ? null : { headerNamesFolded: folded }),
        },
        context: fromWire(context),
        stageVariables: fromWire(stageVariables),
      } as TemplateScope;
      const startedMs = performance.now();
      const result = renderNow(template, scope, limitMs);
      if ('failed' in result) return [1, result.failed, result.detail];
      const ns = (performance.now() - startedMs) * 1e6;
      return [
        0,
        ns,
        result.output,
        toWire(result.requestOverride ?? null),
        toWire(result.responseOverride ?? null),
      ];
    },
  };
}
