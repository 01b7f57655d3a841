// What a mapping template gets to see of a WebSocket event. `$input.params()` has values at the handshake only.

import { socketTemplateContext } from '../../exchange/socket-context.ts';
import type { SocketEvent } from '../../exchange/socket-event.ts';
import type { MappingTemplate, TemplateInput, TemplateScope } from '../../mapping/index.ts';

type Values = Record<string, string>;
const noContext: Record<string, unknown> = Object.freeze({});
const noValues: Values = Object.freeze(Object.create(null));

/** @param body - the text behind `$input`; null when there is none */
export function messageScope(
  event: SocketEvent,
  template: MappingTemplate,
  body: string | null,
): TemplateScope {
  const { uses } = template;
  return {
    input: event.request === null ? new MessageInput(body) : new HandshakeInput(body, event),
    context: uses.context ? socketTemplateContext(event, uses.contextKeys) : noContext,
    stageVariables: event.route.stageVariables,
  };
}

class MessageInput implements TemplateInput {
  readonly body: string | null;
  readonly headerNamesFolded = true;
  readonly path = noValues;
  readonly querystring: Values = noValues;
  readonly header: Values = noValues;

  constructor(body: string | null) {
    this.body = body;
  }
}

class HandshakeInput implements TemplateInput {
  readonly body: string | null;
  readonly headerNamesFolded = true;
  readonly path = noValues;
  readonly querystring: Values;
  readonly header: Values;

  constructor(body: string | null, event: SocketEvent) {
    this.body = body;
    const { names, values } = event.query();
    this.querystring = table(names.flatMap((name, i) => [name, values[i]!]));
    this.header = table(event.request?.headers ?? []);
  }
}

/** The last value of each name wins. @param flat - name, value, name, value ... */
function table(flat: readonly string[]): Values {
  const values: Values = Object.create(null);
  for (let i = 0; i < flat.length; i += 2) values[flat[i]!] = flat[i + 1]!;
  return values;
}
