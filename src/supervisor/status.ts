// What the supervisor says of itself and its data planes, asked from them at the moment of the question.

import type { Readiness } from '../observability/admin-server.ts';
import type { Fleet } from './fleet.ts';
import type { FunctionHostKeeper } from './function-host-keeper.ts';
import type { Hello, Status } from './protocol.ts';
import { timings } from './timings.ts';

/** Ready means that requests are answered, be it by one process of many: the others are on their way. */
export function readinessOf(fleet: Fleet): Readiness {
  const ready = fleet.planes.length > 0;
  return { ready, reasons: ready ? [] : [`0 of ${fleet.config.processes} data planes serve.`] };
}

export interface StatusOptions {
  readonly fleet: Fleet;
  readonly functionHost: FunctionHostKeeper;
  readonly build: string;
  readonly startedMs: number;
  readonly adminPort: number;
  readonly managementPort: number;
}

export async function statusOf(options: StatusOptions): Promise<Status> {
  const { fleet, functionHost, build, startedMs, adminPort, managementPort } = options;
  const { config } = fleet;
  const hostAnswer = functionHost.hello();
  const answers = await Promise.all(
    fleet.planes.map(({ client }) => client.call('hello', undefined, timings.helloMs).catch(() => null)),
  );
  const processes: Hello[] = answers.filter((hello) => hello !== null);
  return {
    pid: process.pid,
    build,
    startedMs,
    dataDir: config.dataDir,
    host: config.host,
    port: fleet.port,
    adminPort,
    managementPort,
    tls: config.tls.key !== null,
    hostSuffix: config.hostSuffix,
    region: config.region,
    revision: processes.length === 0 ? 0 : Math.min(...processes.map((hello) => hello.revision)),
    processesWanted: config.processes,
    processes,
    functionHost: await hostAnswer,
  };
}
