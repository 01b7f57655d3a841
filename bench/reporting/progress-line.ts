// What a person sees while the bench runs: one line that changes on a terminal, else a line per step.

export interface ProgressLine {
  /** The step under way. */
  show(text: string): void;
  /** Words that stay. */
  say(text: string): void;
}

export function createProgressLine(stream: NodeJS.WriteStream = process.stderr): ProgressLine {
  const clear = stream.isTTY ? '\r\x1b[2K' : '';
  let last = '';
  return {
    show(text) {
      // A log file needs to know the step, not each second of it.
      const step = text.replace(/[\d,]+/g, '');
      if (stream.isTTY) stream.write(clear + text.slice(0, (stream.columns ?? 80) - 1));
      else if (step !== last) stream.write(`  ${text}\n`);
      last = step;
    },
    say(text) {
      stream.write(`${clear}${text}\n`);
    },
  };
}
