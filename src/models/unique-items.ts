// `uniqueItems` in one pass: each element's canonical text goes into a set.

/** Are two elements of `items` equal as JSON values? Member order does not count; 1 and 1.0 are equal. */
export function hasDuplicates(items: readonly unknown[]): boolean {
  const seen = new Set<unknown>();
  for (const item of items) {
    // Scalars are their own key; canonical texts cannot be mistaken for strings because they carry a mark.
    const key = typeof item === 'object' && item !== null ? `\u0000${canonicalText(item)}` : markText(item);
    if (seen.has(key)) return true;
    seen.add(key);
  }
  return false;
}

const markText = (item: unknown): unknown => (typeof item === 'string' ? `"${item}` : item);

function canonicalText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalText).join()}]`;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalText(member)}`).join()}}`;
}
