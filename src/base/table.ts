/** A table that is looked up by names that others chose: it has its rows and nothing else, no `constructor` either. */
export const tableOf = <V>(rows: Readonly<Record<string, V>>): Readonly<Record<string, V>> =>
  Object.freeze(Object.assign(Object.create(null), rows));
