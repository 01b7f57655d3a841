// Lists for people: columns as wide as what stands in them.

import { paint, say } from '../terminal.ts';

export type Row = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * Prints rows under a head, or says that there are none; for scripts the rows themselves as JSON.
 * @param none - a whole sentence
 */
export function show(rows: readonly Row[], { json, none }: { json: boolean; none: string }): void {
  if (json) say(JSON.stringify(rows, null, 2));
  else if (rows.length === 0) say(none);
  else for (const line of tableLines(rows)) say(line);
}

/** The head and a line for each row, columns two blanks apart. */
export function tableLines(rows: readonly Row[]): string[] {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cells = rows.map((row) => names.map((name) => String(row[name] ?? '')));
  const widths = names.map((name, i) => Math.max(name.length, ...cells.map((line) => line[i]!.length)));
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, i) => text.padEnd(widths[i]!))
      .join('  ')
      .trimEnd();
  return [paint('dim', line(names)), ...cells.map(line)];
}
