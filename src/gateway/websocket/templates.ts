// Templates of WebSocket integrations: chosen by a key that a selection expression gives, rendered now or later.

import { textOf } from '../../exchange/content.ts';
import type { IntegrationAnswer } from '../../exchange/exchange.ts';
import { answerHeaderAll } from '../../exchange/parameter-reader.ts';
import { socketAccessor } from '../../exchange/socket-context.ts';
import type { SocketEvent } from '../../exchange/socket-event.ts';
import { jsonOf } from '../../exchange/socket-event.ts';
import type { PreparedTemplate, Renderer, RenderFailure } from '../../exchange/tools.ts';
import type { RenderResult } from '../../mapping/index.ts';
import {
  compileSelection,
  noJson,
  type SelectionExpression,
  type SelectionSource,
} from '../../mapping/selection/selection-expression.ts';
import { messageScope } from './message-scope.ts';

export const defaultKey = '$default';

/** @returns the template for an event; null when there is none for its key */
export type ChooseTemplate = (
  event: SocketEvent,
  answer: IntegrationAnswer | null,
) => PreparedTemplate | null;

export interface TemplateSet {
  readonly isEmpty: boolean;
  readonly choose: ChooseTemplate;
  /** The template of every event, when no expression has a say in it; else undefined. */
  readonly only: PreparedTemplate | null | undefined;
}

/**
 * @param templates - key -> text
 * @throws TemplateParseError when one does not parse; deployment checks before
 */
export function compileTemplateSet(
  templates: Readonly<Record<string, string>> | undefined,
  expression: string | undefined,
  renderer: Renderer,
): TemplateSet {
  const byKey = new Map(
    Object.entries(templates ?? {}).map(([key, text]) => [plainKey(key), renderer.templateOf(text)]),
  );
  const fallback = byKey.get(defaultKey) ?? null;
  if (byKey.size === 0) return { isEmpty: true, choose: () => null, only: null };
  const selection = compileSelection(expression ?? '\\$default');
  if (selection.constant !== null) {
    const only = byKey.get(selection.constant) ?? fallback;
    return { isEmpty: false, choose: () => only, only };
  }
  return {
    isEmpty: false,
    only: undefined,
    choose: (event, answer) => {
      const key = evaluate(selection, event, answer);
      return (key === null ? undefined : byKey.get(key)) ?? fallback;
    },
  };
}

/** Keys are given with their dollar escaped, too. */
export const plainKey = (key: string): string => (key.startsWith('\\$') ? key.slice(1) : key);

/** @param answer - the backend's, for expressions that read it */
export function evaluate(
  expression: SelectionExpression,
  event: SocketEvent,
  answer: IntegrationAnswer | null,
): string | null {
  return expression.constant ?? expression.evaluate(sourceOf(event, answer));
}

function sourceOf(event: SocketEvent, answer: IntegrationAnswer | null): SelectionSource {
  return {
    body: () => event.json(),
    header: (name) => event.header(name),
    query: (name) => event.queryParameterAll(name).at(-1) ?? null,
    context: (name) => socketAccessor(name)(event),
    stageVariable: (name) => event.route.stageVariables[name] ?? null,
    integrationStatus: () => (answer === null ? null : String(answer.status)),
    integrationHeader: (name) => answerHeaderAll(answer, name).at(-1) ?? null,
    integrationBody: () => (answer?.body ? jsonOf(textOf(answer.body)) : noJson),
  };
}

/** Renders, and tells the text or null for a failure, which the log then names. */
export function render(
  prepared: PreparedTemplate,
  event: SocketEvent,
  body: string | null,
  done: (event: SocketEvent, text: string | null) => void,
): void {
  const { constantOutput } = prepared.template;
  if (constantOutput !== null) {
    done(event, constantOutput);
    return;
  }
  const result = prepared.render(messageScope(event, prepared.template, body));
  if (result instanceof Promise) void result.then((late) => done(event, outputOf(event, late)));
  else done(event, outputOf(event, result));
}

function outputOf(event: SocketEvent, result: RenderResult | RenderFailure): string | null {
  if (!('failed' in result)) return result.output;
  event.log?.error(
    `Execution failed due to configuration error: Unable to transform: ${result.failed}: ${result.detail}`,
  );
  return null;
}
