// What does the end of a request cost: finished() without logs, with CLF and JSON access logs, writing included?

import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Exchange } from '../../src/exchange/exchange.ts';
import { createRecorder } from '../../src/observability/process-recorder.ts';
import { description, incoming, routeWith, standardFormats } from '../../test/observability/fixture.ts';

const shapes: Record<string, string | null> = {
  'no access log': null,
  CLF: standardFormats.clf,
  JSON: standardFormats.json,
};
const requestsPerTurn = 200;
const turns = 1_500;
const routesCount = 32;
const results = new Map<string, { sync: number[]; whole: number[] }>();

for (let round = 0; round < 6; round++) {
  for (const [name, format] of Object.entries(shapes)) {
    const logsDir = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
    const recorder = createRecorder({ logsDir });
    const routes = Array.from({ length: routesCount }, (_, i) =>
      recorder.route({
        ...description,
        resourcePath: `/pets/${i}`,
        detailedMetrics: true,
        accessLog: format === null ? null : { destinationArn: 'arn:aws:logs:r:1:log-group:bench', format },
      }),
    );
    const exchanges = Array.from({ length: 1024 }, (_, i) => {
      const exchange = new Exchange(
        routeWith(routes[i % routesCount]!),
        incoming({}),
        'GET',
        { path: `/prod/pets/${i}`, resourceStart: 5, domainName: 'api.example.com', basePath: null },
        [],
        1_700_000_000_000 + i * 10,
        1e15,
      );
      exchange.responseBytes = 100 + i;
      exchange.endedNs = 1e15 + (i + 1) * 37_000;
      exchange.integrationStartedNs = 1e15 + 5_000;
      exchange.integrationEndedNs = 1e15 + (i + 1) * 31_000;
      exchange.integrationStatus = 200;
      return exchange;
    });
    // Whole = processor time of the process, garbage collection and the writing threads included.
    let syncMs = 0;
    const cpu = process.cpuUsage();
    for (let turn = 0; turn < turns; turn++) {
      const start = performance.now();
      for (let n = 0; n < requestsPerTurn; n++) {
        const exchange = exchanges[(turn * requestsPerTurn + n) & 1023]!;
        exchange.route.recorder.finished(exchange);
      }
      syncMs += performance.now() - start;
      // A closed loop outruns the disk and would drop lines; life does not.
      if (turn % 25 === 24) await recorder.flush();
      else await new Promise(setImmediate);
    }
    await recorder.close();
    const { user, system } = process.cpuUsage(cpu);
    const requests = turns * requestsPerTurn;
    const stats = recorder.stats(null);
    if (stats.series.reduce((sum, one) => sum + one.count, 0) !== requests)
      throw new Error('requests were lost');
    if (format !== null && stats.logs[0]!.linesWritten !== requests)
      throw new Error(`lines were lost: ${JSON.stringify(stats.logs)}`);
    if (round === 5 && format !== null)
      console.log(`${name}: ${Math.round(statSync(stats.logs[0]!.path).size / requests)} bytes a line`);
    rmSync(logsDir, { recursive: true });
    const result = results.get(name) ?? { sync: [], whole: [] };
    if (round > 0) {
      result.sync.push((syncMs * 1e6) / requests);
      result.whole.push(((user + system) * 1000) / requests);
    }
    results.set(name, result);
  }
}
const median = (list: number[]): string => list.sort((a, b) => a - b)[list.length >> 1]!.toFixed(0);
for (const [name, { sync, whole }] of results)
  console.log(
    `${name.padEnd(14)} in finished(): ${median(sync)} ns (${sync[0]!.toFixed(0)} to ${sync.at(-1)!.toFixed(0)});  whole process: ${median(whole)} ns`,
  );
