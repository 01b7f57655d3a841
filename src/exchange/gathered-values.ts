// Header fields or query parameters as functions see them: names that repeat, in two maps.

/** The last value of a name in one map, all of them in the other. No name is special, `__proto__` neither. */
export class GatheredValues {
  readonly last: Record<string, string> = Object.create(null);
  readonly all: Record<string, string[]> = Object.create(null);

  add(name: string, value: string): void {
    this.last[name] = value;
    const values = this.all[name];
    if (values === undefined) this.all[name] = [value];
    else values.push(value);
  }
}
