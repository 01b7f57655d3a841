// `sluice start`: the supervisor in the foreground, until it is told to end.

import { closeSync, openSync } from 'node:fs';
import type { ProcessConfig } from '../config/index.ts';
import type { FirstAccess } from '../control/access/index.ts';
import { openFilesMax, type Status, Supervisor, version } from '../supervisor/index.ts';
import type { ControlProcess } from './control-process.ts';
import { publishedStages, reachableHost, socketUrls, stageUrls } from './stage-urls.ts';
import { count, goOnWithoutReader, note, paint, say, withProgress } from './terminal.ts';
import type { Wiring } from './wiring.ts';

/** Below this, 10,000 rps to a slow upstream run out of files: each request in flight holds two. */
const openFilesWanted = 10_000;
/** Stages whose URLs are printed at the start. */
const stagesShown = 10;

/**
 * Runs until SIGTERM or SIGINT.
 * @param onReady - told when requests are served
 * @returns the exit code
 */
export async function start(
  wiring: Wiring,
  readConfig: () => ProcessConfig,
  onReady: (status: Status) => void = () => {},
): Promise<number> {
  const config = readConfig();
  let control: ControlProcess | null = null as ControlProcess | null;
  const supervisor: Supervisor = new Supervisor({
    config,
    readConfig,
    entry: wiring.dataPlaneEntry,
    functionHostEntry: wiring.functionHostEntry,
    build: wiring.buildId(),
    portProblem: wiring.portProblem,
    openControl: async (given) => {
      const { openControl } = await import('./control-process.ts'); // loaded beside the start
      control = await openControl({
        config: given,
        port: () => supervisor.port,
        log: logLine,
        openMeters: await wiring.meters(),
      });
      return control;
    },
    log: logLine,
  });
  goOnWithoutReader();
  const ending = endOnSignal(supervisor);
  reloadOnHangup(supervisor);
  const open = openFilesMax();
  if (open !== null && open < openFilesWanted)
    logLine(
      `at most ${open} files can be open in each process; raise it with "ulimit -n" or systemd's LimitNOFILE=`,
    );
  try {
    await withProgress(`starting ${count(config.processes, 'data plane')}`, null, () => supervisor.start());
  } catch (error) {
    if (!ending.wanted) throw error;
  }
  if (!ending.wanted) {
    const status = await supervisor.status();
    announce(status);
    announceManagement(status, config, control?.firstAccess ?? null);
    onReady(status);
  }
  await supervisor.ended;
  return ending.exitCode;
}

/** Says where everything is. */
function announce(status: Status): void {
  const scheme = status.tls ? 'https' : 'http';
  const name = paint('bold', `Sluice ${version}`);
  const processes = count(status.processes.length, 'data plane');
  say(
    `${name} listens on ${scheme}://${status.host}:${status.port} with ${processes}; admin port ${status.adminPort}`,
  );
  const { stages, more } = publishedStages(status.dataDir, stagesShown);
  if (stages.length === 0) say('No API is deployed yet: sluice import FILE --stage NAME');
  for (const { apiName, apiId, stageName, isWebSocket } of stages) {
    say(`  ${apiName} (${apiId}), stage ${stageName}`);
    const urlsOf = isWebSocket ? socketUrls : stageUrls;
    for (const url of urlsOf(status, apiId, stageName)) say(`    ${paint('cyan', url)}`);
  }
  if (more > 0) say(`  and ${more} more: sluice apis`);
}

/** How the management API is reached, with the key that the first start has made. */
function announceManagement(
  { managementPort }: Status,
  { region, management: { host, dev } }: ProcessConfig,
  access: FirstAccess | null,
): void {
  if (managementPort === 0) return;
  const endpoint = `http://${reachableHost(host)}:${managementPort}`;
  say(`Management API: ${paint('cyan', endpoint)}`);
  if (dev) {
    say(
      paint('red', '  --dev: ANYBODY ON THIS MACHINE MAY CHANGE EVERYTHING, whatever credentials they send.'),
    );
    say(`  aws apigateway get-rest-apis --endpoint-url ${endpoint} --region ${region} --no-sign-request`);
    return;
  }
  if (access === null) return;
  if (access.isNew) {
    say(`  The administrator's key was made; it is kept in "${access.file}". For the aws command line:`);
    say(`  aws configure set aws_access_key_id ${access.accessKeyId} --profile sluice`);
    say(`  aws configure set aws_secret_access_key ${access.secretAccessKey} --profile sluice`);
  } else say(`  The administrator's key is kept in "${access.file}".`);
  say(`  aws apigateway get-rest-apis --endpoint-url ${endpoint} --region ${region} --profile sluice`);
}

function endOnSignal(supervisor: Supervisor): { wanted: boolean; exitCode: number } {
  const ending = { wanted: false, exitCode: 0 };
  const onSignal = (signal: NodeJS.Signals): void => {
    if (ending.wanted) {
      logLine(`${signal} again: ending at once`);
      supervisor.abort();
      ending.exitCode = 130;
      return;
    }
    ending.wanted = true;
    logLine(`${signal}: draining; once more ends at once`);
    void supervisor.stop();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return ending;
}

/** SIGHUP asks for a reload, unless it says that the terminal has gone: then nobody would be left to end us. */
function reloadOnHangup(supervisor: Supervisor): void {
  const hadTerminal = hasTerminal();
  process.on('SIGHUP', () => {
    if (hadTerminal && !hasTerminal()) void supervisor.stop();
    else supervisor.reload().catch((error: Error) => logLine(`reload refused: ${error.message}`));
  });
}

function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}

/** With the time where nothing else (a terminal's reader, systemd) adds it. */
function logLine(line: string): void {
  note(process.stderr.isTTY ? line : `${new Date().toISOString()} ${line}`);
}
