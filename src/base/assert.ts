// Assertions: statements that only a bug in Sluice itself can make false.

/** Throws when `condition` is false. The message says what must hold. */
export function assert(condition: unknown, mustHold: string): asserts condition {
  if (!condition) throw new Error(`Assertion failed: ${mustHold}`);
}

/** Ends a switch over a union: the compiler refuses it when a member is not handled. */
export function assertNever(value: never, what: string): never {
  throw new Error(`Assertion failed: unexpected ${what} ${JSON.stringify(value)}`);
}
