// Small trees of plain data as arrays, and back. An object's keys may come from a client (`?__proto__=x`): a map
// of the message format would lose or rename such a key, an array of names and values keeps it.

const isObject = 1;
const isArray = 0;

/** Objects become [1, name, value, name, value ...], arrays [0, value, value ...]; undefined members are left out. */
export function toWire(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value === undefined ? null : value;
  if (Array.isArray(value)) return [isArray, ...value.map(toWire)];
  const wire: unknown[] = [isObject];
  for (const name of Object.keys(value)) {
    const member = (value as Record<string, unknown>)[name];
    if (typeof member === 'string') wire.push(name, member);
    else if (member !== undefined) wire.push(name, toWire(member));
  }
  return wire;
}

export function fromWire(wire: unknown): unknown {
  if (!Array.isArray(wire)) return wire;
  if (wire[0] === isArray) return wire.slice(1).map(fromWire);
  // Without a prototype, as the pipeline makes them: no name means anything but itself, `__proto__` included.
  const object: Record<string, unknown> = Object.create(null);
  for (let i = 1; i < wire.length; i += 2) object[wire[i] as string] = fromWire(wire[i + 1]);
  return object;
}
