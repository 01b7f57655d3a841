// What is told of a function that asks for several invocations in one environment and does not get them.

/** @returns null where there is nothing to tell */
export function concurrencyNote(asked: number | undefined, name: string, got: number): string | null {
  if (asked === undefined || asked === got) return null;
  return `"${name}" runs one invocation at a time in each environment, as Python does at AWS too: more environments are started instead.`;
}
