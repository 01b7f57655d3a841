// The control plane as the supervisor's process runs it: the store, the management API on its port, the audit log.

import type { ProcessConfig } from '../config/index.ts';
import type { GatewayAddress } from '../control/api/handler.ts';
import { answerLocal, type LocalRequest } from '../control/local/local-control.ts';
import type { Control } from '../supervisor/index.ts';
import { openControlPlane } from './open-control-plane.ts';

export interface ControlProcessOptions {
  /** The configuration in use; asked at each call. */
  readonly config: () => ProcessConfig;
  /** Where stages are reached; asked at each call. */
  readonly address: () => GatewayAddress;
  readonly log: (line: string) => void;
}

/**
 * Opens the store, makes the published state follow it, and listens.
 * @throws (rejects) ConfigError when the management port cannot be had; StoreError when the store cannot be used
 */
export async function openControl(options: ControlProcessOptions): Promise<Control> {
  const given = options.config();
  const opened = await openControlPlane(given, options);
  try {
    await opened.control.publish();
  } catch (error) {
    await opened.close();
    throw error;
  }
  return {
    managementPort: 0,
    reload: async () => {
      await opened.control.publish();
    },
    manage: (request) => answerLocal(opened.control, request as LocalRequest),
    close: () => opened.close(),
  };
}
