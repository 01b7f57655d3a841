// serverless-offline: what people run their Lambda functions on at home today. Not a dependency: it is measured where
// SERVERLESS_OFFLINE names a folder with `serverless` and `serverless-offline` in its node_modules.

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startChild } from '../harness/child.ts';
import { freePort } from '../harness/free-port.ts';
import type { RivalServer } from './rival.ts';

const installed = process.env.SERVERLESS_OFFLINE ?? '';

/** Why it cannot be measured here, or null. */
export function serverlessOfflineMissing(): string | null {
  if (installed === '') return 'SERVERLESS_OFFLINE names no folder that has it';
  const plugin = path.join(installed, 'node_modules', 'serverless-offline');
  return existsSync(plugin) ? null : `there is no "${plugin}"`;
}

/** Serves one function under `/dev/hello`. @param source - its module, which exports `handler` */
export async function startServerlessOffline(source: string, core: number | null): Promise<RivalServer> {
  const [port, other] = [await freePort(), await freePort()];
  // Beside its node_modules, where it looks for its plugins.
  const folder = mkdtempSync(path.join(installed, 'bench-'));
  writeFileSync(path.join(folder, 'app.mjs'), source);
  writeFileSync(
    path.join(folder, 'serverless.yml'),
    [
      'service: bench',
      "frameworkVersion: '3'",
      'provider: { name: aws, runtime: nodejs20.x }',
      'functions:',
      '  hello:',
      '    handler: app.handler',
      '    events: [{ http: { path: hello, method: get } }]',
      'plugins: [serverless-offline]',
      '',
    ].join('\n'),
  );
  const command = path.join(installed, 'node_modules', '.bin', 'serverless');
  const args = [
    command,
    'offline',
    '--httpPort',
    String(port),
    '--lambdaPort',
    String(other),
    '--host',
    '127.0.0.1',
  ];
  const child = await startChild(process.execPath, args, {
    ready: /Server ready/,
    core,
    env: { SLS_TELEMETRY_DISABLED: '1', SLS_NOTIFICATIONS_MODE: 'off', CI: '1' },
    cwd: folder,
    readyMsMax: 60_000,
  });
  return {
    pid: child.pid,
    address: { port, host: null },
    stop: () => child.stop().finally(() => rmSync(folder, { recursive: true, force: true })),
  };
}
