// Stage variables in the texts of a configuration: filled when it is compiled.

/** `${stageVariables.x}` -> its value; a missing one is empty. */
export function withStageVariables(text: string, stageVariables: Readonly<Record<string, string>>): string {
  return text.replace(
    /\$\{stageVariables\.([A-Za-z0-9_]+)\}/g,
    (_, name: string) => stageVariables[name] ?? '',
  );
}
