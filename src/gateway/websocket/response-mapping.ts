// Parameter mappings of WebSocket integration responses: `route.response.header.x`, which the handshake reads, and
// `route.response.body`, from `integration.response.body.y`. See WebSocket reference, section 4.

import type { IntegrationAnswer } from '../../exchange/exchange.ts';
import { compileAnswerReader } from '../../exchange/parameter-reader.ts';
import { socketAccessor } from '../../exchange/socket-context.ts';
import type { SocketEvent } from '../../exchange/socket-event.ts';
import { notJson } from '../../mapping/index.ts';
import { type ParameterSource, parseParameterSource } from '../../mapping/parameter/parameter.ts';

/** null: no value, the target is left out. */
type Reader = (event: SocketEvent, answer: IntegrationAnswer) => string | null;

export interface ResponseMapping {
  /** In the place of the backend's body, where no template makes one; null: not mapped. */
  readonly body: Reader | null;
  /** Flat name, value list: what is mapped, then the backend's own. */
  headersOf(event: SocketEvent, answer: IntegrationAnswer): readonly string[];
}

const target = /^(?:route|method)\.response\.(?:header\.(.+)|body)$/;

/** What is no mapping is passed over; the control plane has told of it. @param isHandshake - only it has header fields */
export function compileResponseMapping(
  parameters: Readonly<Record<string, string>>,
  isHandshake: boolean,
  stageVariables: Readonly<Record<string, string>>,
): ResponseMapping {
  const headers: { name: string; read: Reader }[] = [];
  let body: Reader | null = null;
  for (const [key, expression] of Object.entries(parameters)) {
    const found = target.exec(key);
    const source = parseParameterSource(expression, 'response');
    if (found === null || source === null) continue;
    const name = found[1];
    if (name === undefined) body = compileReader(source, stageVariables);
    else if (isHandshake) headers.push({ name, read: compileReader(source, stageVariables) });
  }
  if (headers.length === 0) return { body, headersOf: (_, answer) => answer.headers };
  return {
    body,
    headersOf: (event, answer) => {
      const mapped = headers.flatMap(({ name, read }) => {
        const value = read(event, answer);
        return value === null ? [] : [name, value];
      });
      return [...mapped, ...answer.headers];
    },
  };
}

function compileReader(source: ParameterSource, stageVariables: Readonly<Record<string, string>>): Reader {
  switch (source.kind) {
    case 'static':
      return () => source.text;
    case 'stageVariable': {
      const value = stageVariables[source.name] ?? null;
      return () => value;
    }
    case 'context':
      return socketAccessor(source.name);
    case 'header':
    case 'multivalueheader':
    case 'body': {
      const read = compileAnswerReader(source);
      return (_, answer) => {
        const value = read(answer);
        return value === notJson ? null : value;
      };
    }
    default:
      return () => null;
  }
}
