// Flat name, value lists: for the few fields of one request cheaper than a Map, and in order.

/** The value of the first entry of that name, or null. */
export function valueIn(list: readonly string[], name: string): string | null {
  for (let i = 0; i < list.length; i += 2) if (list[i] === name) return list[i + 1]!;
  return null;
}

/** As {@link valueIn}, of a list whose names come as somebody spelled them. @param name - lower case */
export function fieldIn(list: readonly string[], name: string): string | null {
  for (let i = 0; i < list.length; i += 2)
    if (list[i]!.length === name.length && list[i]!.toLowerCase() === name) return list[i + 1]!;
  return null;
}

/** All values of a name, joined by `, `, or null. */
export function joinedIn(list: readonly string[], name: string): string | null {
  let joined: string | null = null;
  for (let i = 0; i < list.length; i += 2)
    if (list[i] === name) joined = joined === null ? list[i + 1]! : `${joined}, ${list[i + 1]!}`;
  return joined;
}

/** Sets the value of a name that stands in the list at most once. */
export function setIn(list: string[], name: string, value: string): void {
  for (let i = 0; i < list.length; i += 2) {
    if (list[i] === name) {
      list[i + 1] = value;
      return;
    }
  }
  list.push(name, value);
}
