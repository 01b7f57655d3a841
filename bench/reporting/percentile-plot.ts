// Latency by percentile as an SVG: nines to the right, milliseconds upwards, both logarithmic.

import type { Curve } from '../scenarios/scenario.ts';
import { escapeHtml } from './escape-html.ts';

const width = 760;
const height = 360;
const left = 64;
const bottom = 40;
const right = 16;
const top = 16;
const nines = 5;
/** One colour each, told apart by people who see red and green alike; more curves begin anew. */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];

export function percentilePlot(curves: readonly Curve[]): string {
  const all = curves.flatMap(({ points }) => points.map(([, us]) => us)).filter((us) => us > 0);
  if (all.length === 0) return '';
  const low = Math.floor(Math.log10(Math.min(...all)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...all))));
  const x = (percentile: number): number =>
    left + ((width - left - right) * Math.min(nines, -Math.log10(1 - percentile / 100))) / nines;
  const y = (us: number): number =>
    height - bottom - ((height - bottom - top) * (Math.log10(us) - low)) / (high - low);
  const parts: string[] = [];
  for (const percentile of [0, 90, 99, 99.9, 99.99, 99.999]) {
    const at = x(percentile).toFixed(1);
    parts.push(`<line class="grid" x1="${at}" x2="${at}" y1="${top}" y2="${height - bottom}"/>`);
    parts.push(`<text x="${at}" y="${height - bottom + 18}" text-anchor="middle">${percentile} %</text>`);
  }
  for (let decade = low; decade <= high; decade++) {
    const at = y(10 ** decade).toFixed(1);
    parts.push(`<line class="grid" x1="${left}" x2="${width - right}" y1="${at}" y2="${at}"/>`);
    parts.push(`<text x="${left - 8}" y="${at}" dy="4" text-anchor="end">${10 ** decade / 1000} ms</text>`);
  }
  curves.forEach(({ points }, i) => {
    const line = points
      .filter(([, us]) => us > 0)
      .map(([percentile, us]) => `${x(percentile).toFixed(1)},${y(us).toFixed(1)}`);
    parts.push(
      `<polyline fill="none" stroke="${colours[i % colours.length]}" stroke-width="2" points="${line.join(' ')}"/>`,
    );
  });
  const legend = curves.map(
    ({ name }, i) =>
      `<li><span style="background:${colours[i % colours.length]}"></span>${escapeHtml(name)}</li>`,
  );
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Latency by percentile">${parts.join('')}</svg>
<ul class="legend">${legend.join('')}</ul>`;
}
