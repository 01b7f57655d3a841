// `make bench`: runs the scenarios against a freshly started gateway, and writes what came out.
//   node bench/run.ts [--only NAME]... [--quick] [--json]

import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startChild, stopAllChildren } from './harness/child.ts';
import { describeMachine } from './harness/machine.ts';
import { htmlReport } from './reporting/html.ts';
import { markdownReport } from './reporting/markdown.ts';
import { createProgressLine } from './reporting/progress-line.ts';
import { type FinishedScenario, marks, type RunReport } from './reporting/run-report.ts';
import { scenarios } from './scenarios/index.ts';
import type { Bench, Scenario } from './scenarios/scenario.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const help = `Usage: node bench/run.ts [--only NAME]... [--quick] [--json]

  --only NAME  one of ${scenarios.map(({ name }) => name).join(', ')}; may be repeated
  --quick      short measurements, under 90 seconds in all; proves nothing
  --json       prints the results as JSON on standard output

Writes bench/report/report.md, report.html and results.json, and appends to bench/history.jsonl (not when quick).
Exit code: 0 when all promises that could be tested were met, 1 when one was missed or a scenario failed, 2 for
a wrong command line.
`;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let options: { only?: string[]; quick?: boolean; json?: boolean; help?: boolean };
  try {
    options = parseArgs({
      args: [...args],
      options: {
        only: { type: 'string', multiple: true },
        quick: { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    process.stderr.write(`error: ${(error as Error).message}\n`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(help);
    return 0;
  }
  const unknown = options.only?.find((name) => !scenarios.some((scenario) => scenario.name === name));
  if (unknown !== undefined) {
    process.stderr.write(
      `error: there is no scenario "${unknown}"; expected one of ${scenarios.map(({ name }) => name).join(', ')}\n`,
    );
    return 2;
  }
  const chosen = scenarios.filter(({ name }) => options.only?.includes(name) ?? true);
  const report = await runAll(chosen, options.quick ?? false, ['node bench/run.ts', ...args].join(' '));
  write(report);
  if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  const claims = report.scenarios.flatMap(({ result }) => result?.claims ?? []);
  const isGood =
    report.scenarios.every(({ failure }) => failure === null) &&
    !claims.some(({ verdict }) => verdict === 'missed');
  return isGood ? 0 : 1;
}

async function runAll(chosen: readonly Scenario[], quick: boolean, command: string): Promise<RunReport> {
  const progress = createProgressLine();
  const machine = describeMachine();
  const scratch = mkdtempSync(path.join(tmpdir(), 'sluice-bench-'));
  const finished: FinishedScenario[] = [];
  const end = async (): Promise<void> => {
    await stopAllChildren();
    rmSync(scratch, { recursive: true, force: true });
  };
  const onSignal = (): void => void end().finally(() => process.exit(130));
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    let isBusy = false;
    const bench = createBench(quick, scratch, progress.show, () => isBusy);
    for (const [i, scenario] of chosen.entries()) {
      progress.say(`[${i + 1}/${chosen.length}] ${scenario.title}`);
      // Our own scenarios are part of the load average; the first one's start is the only unspoilt look.
      if (i === 0) isBusy = loadavg()[0]! > 0.5 * cpus().length;
      finished.push(await runOne(scenario, bench));
      const { result, failure } = finished.at(-1)!;
      if (failure !== null) progress.say(`  failed: ${failure}`);
      for (const { promise, measured, verdict } of result?.claims ?? [])
        progress.say(`  ${marks[verdict]}: ${promise}: ${measured}`);
    }
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    await end();
  }
  return { machine, quick, command, scenarios: finished };
}

async function runOne(scenario: Scenario, bench: Bench): Promise<FinishedScenario> {
  const { name, title } = scenario;
  const begun = performance.now();
  const seconds = (): number => (performance.now() - begun) / 1000;
  try {
    const result = await scenario.run(bench);
    return { name, title, seconds: seconds(), result, failure: null };
  } catch (error) {
    return {
      name,
      title,
      seconds: seconds(),
      result: null,
      failure: error instanceof Error ? error.message : String(error),
    };
  }
}

function createBench(
  quick: boolean,
  scratch: string,
  progress: (text: string) => void,
  isMachineBusy: () => boolean,
): Bench {
  const cores = cpus().length > 1 ? { server: 0, load: 1 } : { server: null, load: null };
  let upstream: Promise<number> | null = null;
  return {
    quick,
    cores,
    progress,
    isMachineBusy,
    upstreamPort: () => {
      upstream ??= startChild(process.execPath, [path.join(here, 'services/upstream.ts')], {
        ready: /READY (\d+)/,
        core: cores.load,
      }).then(({ ready }) => Number(ready[1]));
      return upstream;
    },
    folder: (name) => {
      const folder = path.join(scratch, name);
      mkdirSync(folder, { recursive: true });
      return folder;
    },
  };
}

function write(report: RunReport): void {
  const folder = path.join(here, 'report');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'report.md'), markdownReport(report));
  writeFileSync(path.join(folder, 'report.html'), htmlReport(report));
  writeFileSync(path.join(folder, 'results.json'), JSON.stringify(report, null, 1));
  if (!report.quick) {
    const { machine, scenarios: all } = report;
    const figures = Object.fromEntries(all.map(({ name, result }) => [name, result?.figures ?? {}]));
    appendFileSync(path.join(here, 'history.jsonl'), `${JSON.stringify({ ...machine, figures })}\n`);
  }
  process.stderr.write(
    `report: ${path.relative(process.cwd(), path.join(folder, 'report.html'))} and report.md\n`,
  );
}
