// What `sluice doctor` says of backends and functions: whether what the configuration names can be used, which
// interpreters there are, and how far functions are kept apart.

import { backendSettings, ConfigError, environment, type ProcessConfig } from '../config/index.ts';
import { createPythonFinder } from '../functions/environments/find-python.ts';
import { probeSandbox } from '../functions/environments/process/sandbox.ts';
import { runningStatus } from '../supervisor/index.ts';
import type { Finding } from './doctor.ts';
import { count } from './terminal.ts';

/** Whether everything that pools, services and roles name is there. */
export function backendsFinding(config: ProcessConfig): Finding {
  const name = 'backends';
  try {
    const { pools, services, roles } = backendSettings(config);
    const text = [
      count(pools.length, 'pool'),
      count(services.length, 'service'),
      count(roles.length, 'role'),
    ];
    return { name, verdict: 'ok', text: text.join(', ') };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const [first = '', ...others] = error.problems;
    const fix = others.length === 0 ? 'put it right, or take it out' : others.join('\n');
    return { name, verdict: 'error', text: first, fix };
  }
}

export async function functionFindings(config: ProcessConfig): Promise<Finding[]> {
  return [await runtimesFinding(), await confinementFinding(), await hostFinding(config)];
}

async function runtimesFinding(): Promise<Finding> {
  const name = 'runtimes';
  const python = await createPythonFinder(environment.PATH ?? '/usr/local/bin:/usr/bin:/bin')('python3');
  const text = `Node.js ${process.version}; ${python === null ? 'no Python' : `Python (${python})`}`;
  if (python !== null) return { name, verdict: 'ok', text };
  return { name, verdict: 'warning', text, fix: 'Python functions need python3 on the PATH' };
}

async function confinementFinding(): Promise<Finding> {
  const name = 'confinement';
  if ((await probeSandbox()).enter !== null)
    return {
      name,
      verdict: 'ok',
      text: 'functions have a /tmp of their own and code that they cannot change',
    };
  return {
    name,
    verdict: 'warning',
    text: 'functions share /tmp and could change their code',
    fix: 'unshare (util-linux) must be allowed to make name spaces: sysctl kernel.apparmor_restrict_unprivileged_userns=0, or a container with that privilege',
  };
}

async function hostFinding(config: ProcessConfig): Promise<Finding> {
  const name = 'functions';
  const status = await runningStatus(config.dataDir);
  const declared = count(config.functions.length, 'function');
  if (status === null) return { name, verdict: 'ok', text: `${declared} in the configuration file` };
  const { functionHost } = status;
  if (functionHost === null)
    return { name, verdict: 'ok', text: 'no function host runs: there is no function' };
  return {
    name,
    verdict: 'ok',
    text: `${count(functionHost.functions, 'function')} in a host of their own (pid ${functionHost.pid})`,
  };
}
