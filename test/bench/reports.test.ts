import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { steadyGrowth, summarize } from '../../bench/harness/statistics.ts';
import { htmlReport } from '../../bench/reporting/html.ts';
import { markdownReport } from '../../bench/reporting/markdown.ts';
import type { RunReport } from '../../bench/reporting/run-report.ts';

const run: RunReport = {
  machine: {
    cpu: 'a <fast> one',
    cores: 2,
    memoryGb: 4,
    kernel: '6',
    node: 'v24',
    commit: 'abc',
    date: '2026-01-01T00:00:00.000Z',
    loadBefore: 0,
    generator: 'native',
  },
  quick: false,
  command: 'node bench/run.ts',
  scenarios: [
    {
      name: 'one',
      title: 'One',
      seconds: 3,
      failure: null,
      result: {
        tables: [{ caption: 'a table', head: ['x|y', 'z'], rows: [['<1>', '2']] }],
        claims: [
          { promise: 'fast', measured: '1 us', verdict: 'met' },
          { promise: 'flat', measured: 'no', verdict: 'missed' },
        ],
        curves: [
          {
            name: 'c & d',
            points: [
              [0, 100],
              [50, 200],
              [99.9, 9000],
            ],
          },
        ],
      },
    },
    { name: 'two', title: 'Two', seconds: 1, failure: 'it <broke>', result: null },
  ],
};

test('markdown report: promises, tables and failures are all in it', () => {
  const text = markdownReport(run);
  assert.match(text, /\| fast \| 1 us \| met \|/);
  assert.match(text, /\| flat \| no \| MISSED \|/);
  assert.match(text, /\| x\\\|y \| z \|/);
  assert.match(text, /\*\*failed:\*\* it <broke>/);
});

test('html report: it is one page without outside parts, its texts escaped, with the curve drawn', () => {
  const page = htmlReport(run);
  assert.match(page, /<polyline [^>]*points="[\d., ]+"/);
  assert.match(page, /c &amp; d/);
  assert.match(page, /it &lt;broke&gt;/);
  assert.match(page, /a &lt;fast&gt; one/);
  assert.doesNotMatch(page, /(src|href)=|https?:/);
});

test('statistics: median and spread', () => {
  assert.deepEqual(summarize([3, 1, 2]), { median: 2, min: 1, max: 3, rounds: [3, 1, 2] });
  assert.equal(summarize([4, 1, 3, 2]).median, 2.5);
});

test('statistics: steady growth is a leak, also under what comes and goes; a step and garbage are none', () => {
  const leak = Array.from({ length: 20 }, (_, i) => 100 + i);
  assert.equal(steadyGrowth(leak), 20);
  assert.equal(steadyGrowth(leak.map((value, i) => value + (i % 5) * 10)), 20);
  for (const at of [1, 7, 10, 14]) assert.ok(steadyGrowth(leak.map((_, i) => (i < at ? 100 : 135))) <= 0);
  assert.equal(steadyGrowth(leak.map((_, i) => 100 + (i % 5) * 10)), 0);
  assert.equal(steadyGrowth([5]), 0);
});

const file = fileURLToPath(new URL('../../bench/run.ts', import.meta.url));
for (const [args, status, words] of [
  [['--only', 'nothing'], 2, /there is no scenario "nothing"/],
  [['--slow'], 2, /--slow/],
  [['--help'], 0, /Usage/],
] as const) {
  test(`bench command line: ${args.join(' ')} ends with ${status} and says why`, () => {
    const {
      status: code,
      stdout,
      stderr,
    } = spawnSync(process.execPath, [file, ...args], { encoding: 'utf8' });
    assert.equal(code, status);
    assert.match(stdout + stderr, words);
  });
}
