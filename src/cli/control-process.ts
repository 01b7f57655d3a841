// The control plane as the supervisor's process runs it: the store, the management API on its port, the audit log.

import { backendSettings, ConfigError, type ProcessConfig } from '../config/index.ts';
import {
  authenticateAnyone,
  createAuthenticate,
  ensureAdministrator,
  type FirstAccess,
} from '../control/access/index.ts';
import { answerLocal, type LocalRequest, localControl } from '../control/local/local-control.ts';
import { createManagementServer, type ManagementServer } from '../control/protocol/server.ts';
import type { MeterFile } from '../resources/index.ts';
import type { Control } from '../supervisor/index.ts';
import { applyDeclared } from './functions/apply-declared.ts';
import { type OpenedControlPlane, openControlPlane } from './open-control-plane.ts';

export interface ControlProcessOptions {
  /** As it was read at the start. */
  readonly config: ProcessConfig;
  /** The port on which stages are reached; asked at each call. */
  readonly port: () => number;
  readonly log: (line: string) => void;
  /** See `Wiring`. */
  readonly openMeters: (dataDir: string) => MeterFile | null;
}

export interface ControlProcess extends Control {
  /** The administrator's key, while it is the one of the first start; null under `--dev` too. */
  readonly firstAccess: FirstAccess | null;
}

/**
 * Opens the store, makes the published state follow it, and listens.
 * @throws (rejects) ConfigError when the management port cannot be had; StoreError when the store cannot be used
 */
export async function openControl(options: ControlProcessOptions): Promise<ControlProcess> {
  let current = options.config;
  const opened = await openControlPlane(current, { ...options, config: () => current });
  const { control, trail } = opened;
  const { store, dataDir, now } = control.services;
  const serve = async (config: ProcessConfig): Promise<Serving> => {
    const firstAccess = config.management.dev ? null : await ensureAdministrator(store, dataDir, now);
    const server = managementServer(opened, config, options.log);
    return { server, firstAccess, port: await listen(server, config) };
  };
  const applyFunctions = (config: ProcessConfig): Promise<void> =>
    applyDeclared(config, {
      view: store.view,
      // The audit log names the file in place of a person.
      control: localControl((request) => answerLocal(control, request, trail.onLocal), 'configuration'),
      log: options.log,
    });
  try {
    // First: until the counter file has been told what the store knows, no request is admitted that a plan counts.
    await control.usage.start(options.log);
    await control.publish();
    await applyFunctions(current);
    let serving = await serve(current);
    return {
      firstAccess: serving.firstAccess,
      get managementPort() {
        return serving.port;
      },
      reload: async (config) => {
        const before = current;
        backendSettings(config); // what it cannot use is told before anything has changed
        if (!isServedAlike(before, config)) {
          // An address cannot be listened on twice, so its first server goes first, and comes back when the next fails.
          const isSamePort = config.management.port !== 0 && config.management.port === serving.port;
          if (isSamePort) await serving.server.close();
          const next = await serve(config).catch(async (error: unknown) => {
            if (isSamePort) serving = await serve(before);
            throw error;
          });
          if (!isSamePort) await serving.server.close();
          serving = next;
        }
        current = config;
        await control.publish();
        await applyFunctions(config);
      },
      manage: (request) => answerLocal(control, request as LocalRequest, trail.onLocal),
      close: async () => {
        await serving.server.close();
        await opened.close();
      },
    };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

interface Serving {
  readonly server: ManagementServer;
  readonly port: number;
  readonly firstAccess: FirstAccess | null;
}

const isServedAlike = ({ management: a }: ProcessConfig, { management: b }: ProcessConfig): boolean =>
  a.host === b.host && a.port === b.port && a.dev === b.dev;

function managementServer(
  { control, trail }: OpenedControlPlane,
  { management: { host, port, dev } }: ProcessConfig,
  log: ControlProcessOptions['log'],
): ManagementServer {
  const { services } = control;
  const authenticate = dev
    ? authenticateAnyone(services.account)
    : createAuthenticate({
        get account() {
          return services.account;
        },
        view: services.store.view,
        isTls: false,
        nowMs: () => Date.now(),
      });
  return createManagementServer({
    controlPlane: control,
    host,
    port,
    authenticate,
    onCall: trail.onCall,
    onTurnEnd: trail.flush,
    log,
  });
}

async function listen(
  server: ManagementServer,
  { management: { host, port } }: ProcessConfig,
): Promise<number> {
  try {
    return await server.listen();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === 'EADDRINUSE' ? 'is taken by another process' : `cannot be used (${code})`;
    throw new ConfigError([
      `Management port ${port} on ${host} ${reason}; choose another with --management-port`,
    ]);
  }
}
