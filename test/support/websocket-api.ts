// A short way to write WebSocket APIs in tests, a gateway that serves them, and clients.

import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { pack } from 'msgpackr';
import type { DataPlaneSettings } from '../../src/config/index.ts';
import { type Gateway, startGateway } from '../../src/gateway/gateway.ts';
import type {
  PublishedState,
  PublishedV2Stage,
  V2Api,
  V2Authorizer,
  V2Definition,
  V2Integration,
  V2IntegrationResponse,
  V2Model,
  V2Route,
  V2Stage,
} from '../../src/resources/index.ts';
import { snapshotPath } from '../../src/resources/snapshot-file.ts';
import { testSettings, writePublished } from './gateway.ts';

export interface RouteSpec extends Partial<Omit<V2Route, 'routeKey' | 'routeId' | 'target'>> {
  readonly integration?: Partial<V2Integration> & Pick<V2Integration, 'integrationType'>;
  /** Integration response key -> response. */
  readonly responses?: Readonly<Record<string, Partial<V2IntegrationResponse>>>;
  /** The client gets an answer. */
  readonly isTwoWay?: boolean;
  /** In place of an integration. */
  readonly target?: string;
}

export interface SocketApiSpec {
  readonly id?: string;
  readonly api?: Partial<V2Api>;
  readonly stage?: Partial<V2Stage>;
  readonly models?: Readonly<Record<string, unknown>>;
  readonly authorizers?: readonly V2Authorizer[];
}

const date = '2026-01-01T00:00:00.000Z';

/** Keys of `routes` are route keys. */
export function socketApi(
  routes: Readonly<Record<string, RouteSpec>>,
  spec: SocketApiSpec = {},
): V2Definition {
  const entries = Object.entries(routes).map(([routeKey, route], i) => ({ routeKey, route, n: String(i) }));
  return {
    api: {
      apiId: spec.id ?? 'wsapi00001',
      name: 'chat',
      protocolType: 'WEBSOCKET',
      routeSelectionExpression: '$request.body.action',
      disableExecuteApiEndpoint: false,
      createdDate: date,
      ...spec.api,
    },
    routes: entries.map(({ routeKey, route: { integration, responses, isTwoWay, ...route }, n }) => ({
      routeId: `route${n}`,
      routeKey,
      authorizationType: 'NONE',
      apiKeyRequired: false,
      ...(integration === undefined ? {} : { target: `integrations/int${n}` }),
      ...route,
    })),
    routeResponses: entries
      .filter(({ route }) => route.isTwoWay === true)
      .map(({ n }) => ({ routeResponseId: `rr${n}`, routeId: `route${n}`, routeResponseKey: '$default' })),
    integrations: entries.flatMap(({ route: { integration }, n }) =>
      integration === undefined
        ? []
        : [{ integrationId: `int${n}`, connectionType: 'INTERNET', timeoutInMillis: 29_000, ...integration }],
    ),
    integrationResponses: entries.flatMap(({ route: { responses = {} }, n }) =>
      Object.entries(responses).map(([integrationResponseKey, response], i) => ({
        integrationResponseId: `ir${n}${i}`,
        integrationId: `int${n}`,
        integrationResponseKey,
        ...response,
      })),
    ),
    models: Object.entries(spec.models ?? {}).map(
      ([name, schema], i): V2Model => ({ modelId: `m${i}`, name, schema: JSON.stringify(schema) }),
    ),
    authorizers: spec.authorizers ?? [],
  };
}

/** A mock that answers a constant text. */
export const mockAnswering = (text: string): RouteSpec => ({
  integration: {
    integrationType: 'MOCK',
    requestTemplates: { $default: '{"statusCode":200}' },
    templateSelectionExpression: '\\$default',
  },
  responses: {
    $default: { responseTemplates: { $default: text }, templateSelectionExpression: '\\$default' },
  },
  isTwoWay: true,
});

/** Writes the snapshot that a deployment writes. */
export function publishedSocketStage(
  dataDir: string,
  definition: V2Definition,
  stage: Partial<V2Stage> = {},
): PublishedV2Stage {
  mkdirSync(path.join(dataDir, 'snapshots'), { recursive: true });
  const deployment = { deploymentId: 'dep001', autoDeployed: false, createdDate: date };
  const bytes = pack({ format: 1, deployment, definition });
  const deploymentHash = createHash('sha256').update(bytes).digest('hex');
  writeFileSync(snapshotPath(dataDir, deploymentHash), bytes);
  return {
    apiId: definition.api.apiId,
    protocolType: 'WEBSOCKET',
    deploymentHash,
    stage: {
      stageName: 'prod',
      deploymentId: 'dep001',
      autoDeploy: false,
      defaultRouteSettings: {},
      routeSettings: {},
      stageVariables: {},
      createdDate: date,
      lastUpdatedDate: date,
      ...stage,
    },
  };
}

export interface SocketGateway {
  readonly gateway: Gateway;
  readonly dataDir: string;
  readonly url: string;
  publish(definition: V2Definition | null, stage?: Partial<V2Stage>): Promise<void>;
}

/** A real gateway that serves one WebSocket API on the stage `prod`; ends with the test. */
export async function startSocketGateway(
  t: TestContext,
  definition: V2Definition,
  {
    stage,
    published,
    ...settings
  }: Partial<DataPlaneSettings> & {
    readonly stage?: Partial<V2Stage>;
    readonly published?: Partial<PublishedState>;
  } = {},
): Promise<SocketGateway> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'sluice-socket-'));
  const write = (served: V2Definition | null, changed = stage): void => {
    const v2Stages = served === null ? [] : [publishedSocketStage(dataDir, served, changed)];
    writePublished(dataDir, [], { v2Stages, ...published });
  };
  write(definition);
  const gateway = await startGateway(testSettings(dataDir, settings));
  t.after(async () => {
    await gateway.drain(200);
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  });
  return {
    gateway,
    dataDir,
    url: `ws://127.0.0.1:${gateway.port}/_aws/execute-api/${definition.api.apiId}/prod`,
    publish: async (served, changed) => {
      write(served, changed);
      await gateway.adopt();
    },
  };
}

/** A client that keeps what it gets, and can wait for it. */
export interface TestSocket {
  readonly socket: WebSocket;
  send(message: unknown): void;
  /** The next message that was not taken yet, as text. */
  next(): Promise<string>;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

/** @throws (rejects) when the handshake is refused */
export function openSocket(
  t: TestContext,
  url: string,
  protocols: readonly string[] = [],
): Promise<TestSocket> {
  const socket = new WebSocket(url, [...protocols]);
  const got: string[] = [];
  const wanted: ((text: string) => void)[] = [];
  const closed = Promise.withResolvers<{ code: number; reason: string }>();
  socket.binaryType = 'arraybuffer';
  socket.addEventListener('message', ({ data }) => {
    const text = typeof data === 'string' ? data : `bytes ${Buffer.from(data).toString('hex')}`;
    const want = wanted.shift();
    if (want === undefined) got.push(text);
    else want(text);
  });
  socket.addEventListener('close', ({ code, reason }) => closed.resolve({ code, reason }));
  t.after(() => socket.close());
  return new Promise((resolve, reject) => {
    socket.addEventListener('error', () => reject(new Error('the handshake was refused')));
    socket.addEventListener('open', () =>
      resolve({
        socket,
        send: (message) =>
          socket.send(
            typeof message === 'string' || message instanceof Uint8Array
              ? (message as string)
              : JSON.stringify(message),
          ),
        next: () => {
          const text = got.shift();
          return text === undefined ? new Promise((take) => wanted.push(take)) : Promise.resolve(text);
        },
        closed: closed.promise,
      }),
    );
  });
}
