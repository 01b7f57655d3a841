// The report as Markdown, for people and for pull requests.

import { machineLine } from '../harness/machine.ts';
import type { Table } from '../scenarios/scenario.ts';
import { type FinishedScenario, marks, type RunReport } from './run-report.ts';

export function markdownReport(run: RunReport): string {
  const parts = ['# Sluice benchmark', machineLine(run.machine), `\`${run.command}\``];
  if (run.quick) parts.push('A quick run: short measurements, for a look and not for proof.');
  if (run.machine.loadBefore > 0.5)
    parts.push(
      `The machine was busy when it began (load ${run.machine.loadBefore.toFixed(2)}): absolute figures are too high, ratios hold better.`,
    );
  const claims = run.scenarios.flatMap((scenario) => scenario.result?.claims ?? []);
  if (claims.length > 0) {
    const rows = claims.map(({ promise, measured, verdict }) => [promise, measured, marks[verdict]]);
    parts.push('## Promises', tableText({ caption: '', head: ['promise', 'measured', 'verdict'], rows }));
  }
  parts.push(...run.scenarios.map(scenarioText));
  return `${parts.join('\n\n')}\n`;
}

function scenarioText({ title, name, seconds, result, failure }: FinishedScenario): string {
  const parts = [`## ${title}`, `\`node bench/run.ts --only ${name}\`, ${seconds.toFixed(0)} s`];
  if (failure !== null) parts.push(`**failed:** ${failure}`);
  for (const table of result?.tables ?? []) parts.push(`**${table.caption}**`, tableText(table));
  for (const { caption, text } of result?.verbatim ?? [])
    parts.push(`\`${caption}\``, `\`\`\`\n${text}\n\`\`\``);
  const notes = result?.notes ?? [];
  if (notes.length > 0) parts.push(notes.map((note) => `- ${note}`).join('\n'));
  return parts.join('\n\n');
}

function tableText({ head, rows }: Table): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
