// A process of the access log tests: appends lines of many lengths to one file, then says what it wrote.
// node append-process.ts {path} {name} {count of lines per round}

import { AppendFile } from '../../src/observability/append-file.ts';

const [path, name, count] = process.argv.slice(2) as [string, string, string];
const reports: string[] = [];
const file = new AppendFile({
  path,
  charactersMax: 1e8,
  onWaiting: () => undefined,
  report: (m) => void reports.push(m),
});

let next = 0;

async function append(from: number, to: number): Promise<void> {
  for (let i = from; i < to; i++) {
    file.append(`${name} ${i} ${'x'.repeat((i * 37) % 500)} end\n`, 1);
    if (i % 50 === 49) await file.flush();
  }
  await file.flush();
  next = to;
}

process.on('message', async (message: 'append' | 'flush') => {
  if (message === 'append') await append(next, next + Number(count));
  else {
    await file.flush();
    await file.close();
  }
  process.send!({ stats: file.stats(), reports });
  if (message === 'flush') process.disconnect();
});
process.send!('ready');
