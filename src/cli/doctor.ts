// `sluice doctor`: what this machine has, what Sluice makes of it, and what to change.

import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import type { ProcessConfig } from '../config/index.ts';
import { openFilesMax, runningStatus, version } from '../supervisor/index.ts';
import { backendsFinding, functionFindings } from './doctor-functions.ts';
import { count, paint, say } from './terminal.ts';
import type { Wiring } from './wiring.ts';

/** `error`: Sluice cannot run so; `warning`: it can, worse than it could. */
type Verdict = 'ok' | 'warning' | 'error';

export interface Finding {
  readonly name: string;
  readonly verdict: Verdict;
  readonly text: string;
  /** What to do about it. */
  readonly fix?: string;
}

const nodeMajorMin = 24;
const glibcMinorMin = 36;
const openFilesWanted = 10_000;

/** @returns the exit code: 1 when something is an error */
export async function doctor(wiring: Wiring, config: ProcessConfig, json: boolean): Promise<number> {
  const findings = await examine(wiring, config);
  if (json) say(JSON.stringify({ version, findings }, null, 2));
  else for (const finding of findings) tell(finding);
  return findings.some((finding) => finding.verdict === 'error') ? 1 : 0;
}

function tell({ name, verdict, text, fix }: Finding): void {
  const style = verdict === 'ok' ? 'green' : verdict === 'warning' ? 'yellow' : 'red';
  say(`${paint(style, verdict.padEnd(7))} ${name.padEnd(12)} ${text}`);
  if (fix !== undefined) say(`${' '.repeat(21)}${paint('dim', fix)}`);
}

async function examine(wiring: Wiring, config: ProcessConfig): Promise<Finding[]> {
  const machine = await wiring.inspectMachine();
  return [
    node(),
    glibc(machine.glibc),
    {
      name: 'uWebSockets',
      verdict: machine.uws.ok ? 'ok' : 'error',
      text: machine.uws.text,
      ...(machine.uws.ok ? {} : { fix: 'run "make setup"' }),
    },
    {
      name: 'counters',
      verdict: machine.counters.ok ? 'ok' : 'warning',
      text: machine.counters.text,
      ...(machine.counters.ok
        ? {}
        : { fix: 'install Rust and run "make native"; without it each process has its share' }),
    },
    {
      name: 'injection',
      verdict: machine.injection.ok ? 'ok' : 'warning',
      text: machine.injection.text,
      ...(machine.injection.ok
        ? {}
        : { fix: 'install Rust and run "make native"; without it SQLi and XSS statements are refused' }),
    },
    cores(config),
    openFiles(),
    migration(),
    dataFolder(config),
    await port(wiring, config),
    backendsFinding(config),
    ...(await functionFindings(config)),
  ];
}

function node(): Finding {
  const isEnough = Number(process.versions.node.split('.')[0]) >= nodeMajorMin;
  return {
    name: 'Node.js',
    verdict: isEnough ? 'ok' : 'error',
    text: `${process.version} (${process.execPath})`,
    ...(isEnough ? {} : { fix: `Node.js ${nodeMajorMin} or newer is needed: run "make setup"` }),
  };
}

function glibc(found: string | null): Finding {
  if (found === null)
    return {
      name: 'C library',
      verdict: 'error',
      text: 'not glibc',
      fix: 'use Debian 12, Ubuntu 23.04 or newer',
    };
  const [major = 0, minor = 0] = found.split('.').map(Number);
  const isEnough = major > 2 || minor >= glibcMinorMin;
  return {
    name: 'C library',
    verdict: isEnough ? 'ok' : 'error',
    text: `glibc ${found}`,
    ...(isEnough ? {} : { fix: `glibc 2.${glibcMinorMin} is needed: Debian 12, Ubuntu 23.04 or newer` }),
  };
}

function cores(config: ProcessConfig): Finding {
  const found = availableParallelism();
  const text = `${found} cores, ${Math.round(totalmem() / 2 ** 30)} GB of memory; ${count(config.processes, 'data plane')}`;
  if (config.processes <= found) return { name: 'cores', verdict: 'ok', text };
  return {
    name: 'cores',
    verdict: 'warning',
    text,
    fix: 'more data planes than cores only take turns: lower --processes',
  };
}

function openFiles(): Finding {
  const limit = openFilesMax();
  const isEnough = limit === null || limit >= openFilesWanted;
  return {
    name: 'open files',
    verdict: isEnough ? 'ok' : 'warning',
    text: limit === null ? 'the limit cannot be read here' : `${limit} in each process`,
    ...(isEnough
      ? {}
      : { fix: `raise it to ${openFilesWanted} or more: ulimit -n, or LimitNOFILE= in a systemd unit` }),
  };
}

/** See `drainDataPlane`. */
function migration(): Finding {
  const name = 'hand-over';
  let value: string;
  try {
    value = readFileSync('/proc/sys/net/ipv4/tcp_migrate_req', 'utf8').trim();
  } catch {
    return { name, verdict: 'ok', text: 'this kernel cannot move waiting connections between processes' };
  }
  if (value === '1') return { name, verdict: 'ok', text: 'net.ipv4.tcp_migrate_req = 1' };
  const fix =
    'sysctl net.ipv4.tcp_migrate_req=1 keeps connections that wait to be accepted when a data plane is replaced';
  return { name, verdict: 'warning', text: 'net.ipv4.tcp_migrate_req = 0', fix };
}

function dataFolder(config: ProcessConfig): Finding {
  const name = 'data folder';
  const folder = config.dataDir;
  if (!existsSync(folder)) return { name, verdict: 'ok', text: `${folder} (made at the first start)` };
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return { name, verdict: 'ok', text: folder };
  } catch (error) {
    const text = `${folder} (${(error as NodeJS.ErrnoException).code})`;
    return {
      name,
      verdict: 'error',
      text,
      fix: 'name a folder that this user may read and write with --data-dir',
    };
  }
}

async function port(wiring: Wiring, config: ProcessConfig): Promise<Finding> {
  const name = 'port';
  const status = await runningStatus(config.dataDir);
  if (status !== null) {
    const { port: used, pid, processes, processesWanted } = status;
    const verdict = processes.length === processesWanted ? 'ok' : 'warning';
    return {
      name,
      verdict,
      text: `${used}: Sluice runs (pid ${pid}), ${processes.length} of ${processesWanted} data planes`,
    };
  }
  const problem = await wiring.portProblem(config.host, config.port);
  if (problem === null) return { name, verdict: 'ok', text: `${config.port} is free` };
  return { name, verdict: 'error', text: `${config.port}: ${problem}`, fix: 'choose another with --port' };
}
