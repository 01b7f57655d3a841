// The control plane as the supervisor's process runs it: the store, the management API on its port, the audit log.

import { ConfigError, type ProcessConfig } from '../config/index.ts';
import {
  authenticateAnyone,
  createAuthenticate,
  ensureAdministrator,
  type FirstAccess,
} from '../control/access/index.ts';
import type { GatewayAddress } from '../control/api/handler.ts';
import { answerLocal, type LocalRequest } from '../control/local/local-control.ts';
import { createManagementServer, type ManagementServer } from '../control/protocol/server.ts';
import type { Control } from '../supervisor/index.ts';
import { type OpenedControlPlane, openControlPlane } from './open-control-plane.ts';

export interface ControlProcessOptions {
  /** The configuration in use; asked at each call. */
  readonly config: () => ProcessConfig;
  /** Where stages are reached; asked at each call. */
  readonly address: () => GatewayAddress;
  readonly log: (line: string) => void;
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
  const given = options.config();
  const opened = await openControlPlane(given, options);
  const { control, trail } = opened;
  let server: ManagementServer | null = null;
  try {
    const { store, dataDir, now } = control.services;
    const firstAccess = given.management.dev ? null : await ensureAdministrator(store, dataDir, now);
    await control.publish();
    server = managementServer(opened, options);
    let port = await listen(server, given);
    return {
      firstAccess,
      get managementPort() {
        return port;
      },
      reload: async (config) => {
        const { host, port: wanted, dev } = config.management;
        const before = options.config().management;
        if (host !== before.host || wanted !== before.port || dev !== before.dev) {
          const next = managementServer(opened, { ...options, config: () => config });
          // Port 0 and the same port need the old one to be closed first.
          await server?.close();
          port = await listen(next, config);
          server = next;
        }
        await control.publish();
      },
      manage: (request) => answerLocal(control, request as LocalRequest, trail.onLocal),
      close: async () => {
        await server?.close();
        await opened.close();
      },
    };
  } catch (error) {
    await server?.close();
    await opened.close();
    throw error;
  }
}

function managementServer(
  { control, trail }: OpenedControlPlane,
  { config, log }: Pick<ControlProcessOptions, 'config' | 'log'>,
): ManagementServer {
  const { host, port, dev } = config().management;
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
