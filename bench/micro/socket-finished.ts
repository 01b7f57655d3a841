// What does the end of a WebSocket event cost: finished() without logs and with an access log line, and messageDone()?

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRecorder } from '../../src/observability/process-recorder.ts';
import { handled, socketDescription } from '../../test/observability/socket-fixture.ts';

const format =
  '$context.identity.sourceIp $context.identity.caller $context.identity.user [$context.requestTime] "$context.eventType $context.routeKey $context.connectionId" $context.status $context.requestId';
const shapes: Record<string, { format: string | null; isLean: boolean }> = {
  'finished, no log': { format: null, isLean: false },
  'finished, CLF': { format, isLean: false },
  messageDone: { format: null, isLean: true },
};
const eventsPerTurn = 200;
const turns = 1_500;
const routesCount = 32;
const results = new Map<string, number[]>();

for (let round = 0; round < 6; round++)
  for (const [name, shape] of Object.entries(shapes)) {
    const logsDir = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
    const recorder = createRecorder({ logsDir });
    const accessLog =
      shape.format === null
        ? null
        : { destinationArn: 'arn:aws:logs:r:1:log-group:bench', format: shape.format };
    const routes = Array.from({ length: routesCount }, (_, i) =>
      recorder.socketRoute({
        ...socketDescription,
        httpMethod: `key${i}`,
        detailedMetrics: true,
        accessLog,
      }),
    );
    const events = Array.from({ length: 1024 }, (_, i) => {
      const event = handled(routes[i % routesCount]!);
      event.endedNs += i * 37_000;
      if (i % 3 === 0) event.integrationStartedNs = 0; // a mock
      return event;
    });
    let tookMs = 0;
    for (let turn = 0; turn < turns; turn++) {
      const start = performance.now();
      for (let n = 0; n < eventsPerTurn; n++) {
        const event = events[(turn * eventsPerTurn + n) & 1023]!;
        const { recorder: route } = event.route;
        if (shape.isLean) route.messageDone(event.startedNs, event.endedNs);
        else route.finished(event);
      }
      tookMs += performance.now() - start;
      if (turn % 25 === 24) await recorder.flush();
      else await new Promise(setImmediate);
    }
    await recorder.close();
    const counted = recorder.stats(null).sockets!.series.reduce((sum, one) => sum + one.messages, 0);
    if (counted !== turns * eventsPerTurn) throw new Error('events were lost');
    rmSync(logsDir, { recursive: true });
    if (round > 0) results.set(name, [...(results.get(name) ?? []), (tookMs * 1e6) / counted]);
  }
for (const [name, list] of results) {
  list.sort((a, b) => a - b);
  console.log(
    `${name.padEnd(17)} ${list[list.length >> 1]!.toFixed(0)} ns (${list[0]!.toFixed(0)} to ${list.at(-1)!.toFixed(0)})`,
  );
}
