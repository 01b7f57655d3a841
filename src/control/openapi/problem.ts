// What is wrong, or worth knowing, in an API definition: always with the place in its file.

export type Severity = 'error' | 'warning' | 'notice';

export interface Problem {
  /** An error refuses the definition; a warning is AWS's kind; a notice says what is kept but does nothing here. */
  readonly severity: Severity;
  /** From 1; 0 when the problem has no place in a file. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** JSON pointer into the document, `` for its root. */
  readonly path: string;
  readonly message: string;
  /** What to write instead. */
  readonly fix?: string;
}

export const hasErrors = (problems: readonly Problem[]): boolean =>
  problems.some((problem) => problem.severity === 'error');

/** In the order of the file, then errors first; one problem told twice is told once. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  const unique = new Map(problems.map((problem) => [JSON.stringify(problem), problem]));
  const rank = { error: 0, warning: 1, notice: 2 };
  return [...unique.values()].sort(
    (a, b) => a.line - b.line || a.column - b.column || rank[a.severity] - rank[b.severity],
  );
}

/** One problem a line (a fix on a line of its own), as compilers print them: `file:line:column: severity: message`. */
export function problemsText(problems: readonly Problem[], fileName: string): string {
  return problems.map((problem) => problemText(problem, fileName)).join('');
}

function problemText(problem: Problem, fileName: string): string {
  const place = problem.line === 0 ? fileName : `${fileName}:${problem.line}:${problem.column}`;
  const fix = problem.fix === undefined ? '' : `    fix: ${problem.fix}\n`;
  return `${place}: ${problem.severity}: ${problem.message}\n${fix}`;
}

/** The same for programs: one JSON document. */
export function problemsJson(problems: readonly Problem[], fileName: string): string {
  const counts = { error: 0, warning: 0, notice: 0 };
  for (const { severity } of problems) counts[severity]++;
  return `${JSON.stringify({ file: fileName, counts, problems }, null, 2)}\n`;
}
