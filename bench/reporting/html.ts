// The report as one HTML page without anything from elsewhere.

import { machineLine } from '../harness/machine.ts';
import type { Table } from '../scenarios/scenario.ts';
import { escapeHtml } from './escape-html.ts';
import { percentilePlot } from './percentile-plot.ts';
import { type FinishedScenario, marks, type RunReport } from './run-report.ts';

const style = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: .5rem 0 1.5rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #8884; vertical-align: top; }
.met { color: #0a7d33; } .missed { color: #c22; font-weight: 600; } .not-proven { color: #888; }
@media (prefers-color-scheme: dark) { .met { color: #4cc96f; } .missed { color: #ff7b72; } }
svg { width: 100%; height: auto; } svg text { font-size: 12px; fill: currentColor; } .grid { stroke: #8884; }
.legend { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; }
.legend span { display: inline-block; width: 1.2em; height: .3em; margin-right: .5em; vertical-align: middle; }
pre { overflow-x: auto; background: #8881; padding: .75rem; } code { font-size: .9em; }
`;

export function htmlReport(run: RunReport): string {
  const claims = run.scenarios.flatMap(({ result }) => result?.claims ?? []);
  const curves = run.scenarios.flatMap(({ result }) => result?.curves ?? []);
  const rows = claims.map(
    ({ promise, measured, verdict }) =>
      `<tr><td>${escapeHtml(promise)}</td><td>${escapeHtml(measured)}</td><td class="${verdict.replace(' ', '-')}">${marks[verdict]}</td></tr>`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sluice benchmark</title>
<style>${style}</style>
<h1>Sluice benchmark</h1>
<p>${escapeHtml(machineLine(run.machine))}<br><code>${escapeHtml(run.command)}</code></p>
${run.quick ? '<p>A quick run: short measurements, for a look and not for proof.</p>' : ''}
${rows.length === 0 ? '' : `<h2>Promises</h2><table><tr><th>promise<th>measured<th>verdict</tr>${rows.join('')}</table>`}
${curves.length === 0 ? '' : `<h2>Latency by percentile</h2><p>From the intended send time to the last byte of the answer.</p>${percentilePlot(curves)}`}
${run.scenarios.map(scenarioHtml).join('\n')}
</html>
`;
}

function scenarioHtml({ title, name, seconds, result, failure }: FinishedScenario): string {
  const parts = [
    `<h2>${escapeHtml(title)}</h2><p><code>node bench/run.ts --only ${name}</code>, ${seconds.toFixed(0)} s</p>`,
  ];
  if (failure !== null) parts.push(`<p class="missed">failed: ${escapeHtml(failure)}</p>`);
  for (const table of result?.tables ?? []) parts.push(tableHtml(table));
  for (const { caption, text } of result?.verbatim ?? [])
    parts.push(`<h3><code>${escapeHtml(caption)}</code></h3><pre>${escapeHtml(text)}</pre>`);
  const notes = result?.notes ?? [];
  if (notes.length > 0)
    parts.push(`<ul>${notes.map((note) => `<li>${escapeHtml(note)}</li>`).join('')}</ul>`);
  return parts.join('\n');
}

function tableHtml({ caption, head, rows }: Table): string {
  const row = (tag: string, cells: readonly string[]): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
  return `<h3>${escapeHtml(caption)}</h3><table>${row('th', head)}${rows.map((cells) => row('td', cells)).join('')}</table>`;
}
