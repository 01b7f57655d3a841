// From a line and column inside a text value to the offset in the file that holds the value.

/**
 * @param file - the whole file
 * @param valueOffset - where the value begins: a quote, `|`, `>` or the text itself
 * @param line - line in the value, from 1
 * @param column - column in the value, from 1
 * @returns the offset in `file`. Exact for JSON strings and literal blocks; in folded YAML the nearest line.
 */
export function placeInText(file: string, valueOffset: number, line: number, column: number): number {
  const first = file[valueOffset];
  if (first === '|' || first === '>') return placeInBlock(file, valueOffset, line, column);
  if (first === '"') return placeInQuoted(file, valueOffset, line, column);
  return Math.min(valueOffset + (first === "'" ? column : column - 1), endOfLine(file, valueOffset));
}

function placeInBlock(file: string, headerOffset: number, line: number, column: number): number {
  let at = endOfLine(file, headerOffset) + 1;
  const indent = indentOfBlock(file, at);
  for (let passed = 1; passed < line && at < file.length; passed++) at = endOfLine(file, at) + 1;
  return Math.min(at + indent + column - 1, endOfLine(file, at));
}

// The first line that is not blank sets the indentation (an indentation indicator is rare, and then near).
function indentOfBlock(file: string, from: number): number {
  for (let at = from; at < file.length; at = endOfLine(file, at) + 1) {
    const content = /^( *)[^ \r\n]/.exec(file.slice(at, Math.min(at + 200, endOfLine(file, at))));
    if (content !== null) return content[1]!.length;
  }
  return 0;
}

function placeInQuoted(file: string, quoteOffset: number, line: number, column: number): number {
  let currentLine = 1;
  let currentColumn = 1;
  let at = quoteOffset + 1;
  while (at < file.length && file[at] !== '"') {
    if (currentLine === line && currentColumn >= column) return at;
    const escaped = file[at] === '\\';
    const isNewline = escaped ? file[at + 1] === 'n' : file[at] === '\n';
    // The escaped newline stands where its line ends: a column beyond the line is told there.
    if (isNewline && currentLine === line) return at;
    if (isNewline) {
      currentLine++;
      currentColumn = 1;
    } else currentColumn++;
    at += escaped ? (file[at + 1] === 'u' ? 6 : 2) : 1;
  }
  return at;
}

function endOfLine(file: string, from: number): number {
  const end = file.indexOf('\n', from);
  return end < 0 ? file.length : end;
}
