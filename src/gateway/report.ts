// What the operator of a data plane is told: standard error is its log file.

/** @param error - a text, or what was thrown: its stack */
export function report(error: unknown, requestId?: string): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(
    `${new Date().toISOString()} ${requestId === undefined ? '' : `(${requestId}) `}${text}\n`,
  );
}
