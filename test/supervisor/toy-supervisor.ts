// A supervisor without a control plane, as a process: SIGHUP reloads, SIGTERM stops. The file `drain-ms` in the data
// folder sets the drain deadline. With `realHost` functions are real ones.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ProcessConfig, readConfig } from '../../src/config/index.ts';
import { Supervisor } from '../../src/supervisor/index.ts';
import { timings } from '../../src/supervisor/timings.ts';

const [dataDir, settings] = process.argv.slice(2);
interface Settings {
  readonly build?: string;
  readonly drainGraceMs?: number;
  readonly realHost?: boolean;
  /** Besides those below. */
  readonly flags?: Readonly<Record<string, string>>;
}
const { build = 'toy', drainGraceMs, realHost = false, flags = {} } = JSON.parse(settings!) as Settings;
if (drainGraceMs !== undefined) Object.assign(timings, { drainGraceMs });

const read = (): ProcessConfig => {
  const file = path.join(dataDir!, 'drain-ms');
  return readConfig({
    flags: {
      ...flags,
      dataDir: dataDir!,
      host: '127.0.0.1',
      port: '0',
      'admin.port': '0',
      'management.port': '0',
      processes: '1',
      drainMs: existsSync(file) ? readFileSync(file, 'utf8') : '30000',
    },
    environment: {},
    folder: dataDir!,
  });
};

const entry = (name: string): string => fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
const supervisor = new Supervisor({
  config: read(),
  readConfig: read,
  entry: entry('toy-data-plane'),
  functionHostEntry: entry(realHost ? '../../src/function-host' : 'toy-function-host'),
  build,
  portProblem: async () => null,
  openControl: async () => ({
    managementPort: 0,
    reload: async () => {},
    manage: async () => {},
    close: async () => {},
  }),
  log: (line) => console.log(line),
});
process.on('SIGHUP', () => void supervisor.reload());
process.on('SIGTERM', () => void supervisor.stop());
await supervisor.start();
console.log('ready');
await supervisor.ended;
