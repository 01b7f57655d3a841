// Comma-separated values: text in, rows of cells out. Cells may be quoted with " or ', a quote within is doubled.

/** A cell, and where it ended: at a comma, a line's end or the text's. */
interface Cell {
  readonly value: string;
  readonly end: number;
}

/**
 * @returns rows without the empty ones; null when a quote is never closed, or something follows a closed one
 * @see RFC 4180, which knows double quotes only
 */
export function parseCsv(text: string): string[][] | null {
  const source = text
    .replace(/^\uFEFF/, '')
    .replaceAll('\r\n', '\n')
    .replaceAll('\r', '\n');
  const rows: string[][] = [];
  let row: string[] = [];
  for (let at = 0; at <= source.length; at++) {
    const cell = quotedCell(source, at) ?? plainCell(source, at);
    if (cell === null) return null;
    row.push(cell.value);
    at = cell.end;
    if (source[at] === ',') continue;
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
  }
  return rows;
}

/** @returns null when the cell is not a quoted one, from its quote to its quote */
function quotedCell(source: string, start: number): Cell | null {
  const opening = afterBlanks(source, start);
  const quote = source[opening];
  if (quote !== '"' && quote !== "'") return null;
  let closing = source.indexOf(quote, opening + 1);
  while (closing >= 0 && source[closing + 1] === quote) closing = source.indexOf(quote, closing + 2);
  if (closing < 0) return null;
  const end = afterBlanks(source, closing + 1);
  if (end < source.length && source[end] !== ',' && source[end] !== '\n') return null;
  return { value: source.slice(opening + 1, closing).replaceAll(quote + quote, quote), end };
}

/** @returns null when it begins with a double quote: that one was never closed. An apostrophe may begin a word. */
function plainCell(source: string, start: number): Cell | null {
  let end = start;
  while (end < source.length && source[end] !== ',' && source[end] !== '\n') end++;
  const value = source.slice(start, end).trim();
  return value.startsWith('"') ? null : { value, end };
}

function afterBlanks(source: string, start: number): number {
  let at = start;
  while (source[at] === ' ' || source[at] === '\t') at++;
  return at;
}
