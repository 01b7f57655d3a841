// Writing for people: colours only on a terminal, a progress bar only where something takes longer than a second.

import { styleText } from 'node:util';

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Colours for standard output; NO_COLOR and pipes turn them off. */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/** `1 data plane`, `2 data planes`. */
export function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}

/** One line of a result. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** One line of a problem. */
export function complain(line: string): void {
  const word = styleText('red', 'error:', { stream: process.stderr });
  process.stderr.write(`${word} ${line}\n`);
}

/** One line that is worth knowing, on standard error, where scripts do not read. */
export function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Ends a command whose output nobody reads any more (`| head`), as programs do. */
export function endWithReader(): void {
  process.stdout.on('error', endOnBrokenPipe);
}

/** The gateway goes on, whoever read its output, and also while a full disk takes none. */
export function goOnWithoutReader(): void {
  process.stdout.off('error', endOnBrokenPipe);
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}

function endOnBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit();
  throw error;
}

const showAfterMs = 1_000;
const barWidth = 30;

export interface Progress {
  /** @param done - of `total`; null where nobody knows how much there is */
  step(done: number | null): void;
  end(): void;
}

/** A line that redraws itself on a terminal's standard error, from the second second on. Elsewhere nothing. */
export function progress(what: string, total: number | null): Progress {
  const stream = process.stderr;
  if (!stream.isTTY) return { step: () => {}, end: () => {} };
  const startedMs = performance.now();
  let done: number | null = 0;
  let isShown = false;
  const draw = (): void => {
    isShown = true;
    const seconds = Math.floor((performance.now() - startedMs) / 1000);
    stream.write(`\r\x1b[K${what} ${total === null || done === null ? '' : bar(done, total)} ${seconds} s`);
  };
  const timer = setInterval(() => {
    if (performance.now() - startedMs >= showAfterMs) draw();
  }, 200);
  timer.unref();
  return {
    step: (now) => {
      done = now;
      if (isShown) draw();
    },
    end: () => {
      clearInterval(timer);
      if (isShown) stream.write('\r\x1b[K');
    },
  };
}

function bar(done: number, total: number): string {
  const filled = total === 0 ? barWidth : Math.round((Math.min(done, total) / total) * barWidth);
  return `[${'='.repeat(filled)}${' '.repeat(barWidth - filled)}] ${done}/${total}`;
}

/** Runs something under a progress line that is taken away whatever happens. */
export async function withProgress<T>(
  what: string,
  total: number | null,
  act: (bar: Progress) => Promise<T>,
): Promise<T> {
  const line = progress(what, total);
  try {
    return await act(line);
  } finally {
    line.end();
  }
}
