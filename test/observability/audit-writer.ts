// Appends to an audit log and says the number of each record that it has appended, until it is killed.

import { writeSync } from 'node:fs';
import { AuditLog } from '../../src/observability/audit-log.ts';

const log = new AuditLog({
  logsDir: process.argv[2]!,
  bytesMax: 20_000,
  filesMax: 10_000,
  nowMs: Date.now,
  report: () => process.exit(1),
});
for (let i = 0; ; i++) {
  log.append(JSON.stringify({ eventTime: new Date().toISOString(), eventName: 'CreateRestApi', i }));
  writeSync(1, `${i}\n`);
}
