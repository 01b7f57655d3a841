// WebSocket APIs whose functions are scripts of the test, behind the socket that a function host serves.

import type { TestContext } from 'node:test';
import type { InvokedBy } from '../../src/functions/functions.ts';
import { serveFunctions } from '../../src/functions/server/functions-server.ts';
import { functionsSocketPath } from '../../src/functions/wire/socket-path.ts';
import type { PublishedFunction, V2Definition } from '../../src/resources/index.ts';
import { publishedFunction } from '../functions/published-functions.ts';
import { invocationUri, type Script, ScriptedFunctions } from './functions-gateway.ts';
import { type RouteSpec, type SocketGateway, startSocketGateway } from './websocket-api.ts';

/** As a function behind a WebSocket API gets it. */
export interface FunctionEvent {
  readonly headers?: Readonly<Record<string, string>>;
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[]>>;
  readonly queryStringParameters?: Readonly<Record<string, string>>;
  readonly requestContext: Readonly<Record<string, unknown>>;
  readonly body?: string;
  readonly isBase64Encoded: boolean;
}

/** Hands its events to the function. */
export const functionRoute = (
  more: Partial<RouteSpec> = {},
  integration: Partial<RouteSpec['integration']> = {},
): RouteSpec => ({
  integration: {
    integrationType: 'AWS_PROXY',
    integrationUri: invocationUri,
    integrationMethod: 'POST',
    ...integration,
  },
  ...more,
});

export const invocableFunction = (name: string): PublishedFunction => ({
  ...publishedFunction(name, 'app.handler'),
  functionArn: `arn:aws:lambda:us-east-1:123456789012:function:${name}`,
});

export interface ScriptedSocketGateway extends SocketGateway {
  readonly functions: ScriptedFunctions;
  /** All events so far, as the function got them. */
  events(): FunctionEvent[];
  /** Who called, in the same order. */
  callers(): InvokedBy[];
  /** The first event of that type; waits for it. */
  eventOf(eventType: string): Promise<FunctionEvent>;
}

/** @param script - runs each invocation */
export async function startScriptedSockets(
  t: TestContext,
  definition: V2Definition,
  script: Script,
  more: NonNullable<Parameters<typeof startSocketGateway>[2]> = {},
): Promise<ScriptedSocketGateway> {
  const waiting: (() => void)[] = [];
  const functions = new ScriptedFunctions((invocation, handler) => {
    for (const look of waiting.splice(0)) look();
    script(invocation, handler);
  });
  const gateway = await startSocketGateway(t, definition, {
    ...more,
    published: { functions: [invocableFunction('hello')], ...more.published },
  });
  const server = await serveFunctions({
    socketPath: functionsSocketPath(gateway.dataDir),
    functions: Promise.resolve(functions),
  });
  t.after(() => server.close());
  const events = (): FunctionEvent[] =>
    functions.invocations.map(({ payload }) => JSON.parse(Buffer.from(payload as Uint8Array).toString()));
  return {
    ...gateway,
    functions,
    events,
    callers: () => functions.invocations.map(({ by }) => by),
    eventOf: async (eventType) => {
      for (;;) {
        const found = events().find(({ requestContext }) => requestContext.eventType === eventType);
        if (found !== undefined) return found;
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
  };
}
