// $context: a view of the caller's plain data that is made into maps only where a template looks. Its maps print
// nothing. The overrides a template leaves are read back from it.

import { doubleOf, isNumber, wholeOf } from '../value/arithmetic.ts';
import { parseDecimal } from '../value/decimal.ts';
import { ARRAY_LIST, JDecimal, JDouble, JList, JLong, JMap, type Value } from '../value/kinds.ts';
import { toDisplayText } from '../value/text.ts';

export type PlainData = Readonly<Record<string, unknown>>;

const MAPS_OF_OVERRIDE = {
  requestOverride: ['path', 'header', 'querystring'],
  responseOverride: ['header'],
} as const;

/** A map below $context, filled from plain data when more than a single member of it is asked for. */
export class ContextMap extends JMap {
  private source: PlainData | null;
  /** Maps handed out before the rest was needed: the same again when asked again. */
  private children: Map<string, Value> | null = null;

  constructor(source: PlainData) {
    super();
    this.source = source;
  }
  override get className(): string {
    return 'java.util.LinkedHashMap';
  }
  override get silent(): boolean {
    return true;
  }

  private fill(): void {
    const { source } = this;
    if (source === null) return;
    this.source = null;
    for (const key of Object.keys(source)) super.put(key, this.children?.get(key) ?? fromPlain(source[key]));
    this.filled();
    this.changes = 0;
  }
  protected filled(): void {}

  override get size(): number {
    this.fill();
    return super.size;
  }
  override get keys(): readonly Value[] {
    this.fill();
    return super.keys;
  }
  override get values(): readonly Value[] {
    this.fill();
    return super.values;
  }
  protected override find(key: Value): number {
    this.fill();
    return super.find(key);
  }
  override get(key: Value): Value {
    const { source } = this;
    if (source === null || typeof key !== 'string' || this.isComputed(key)) return super.get(key);
    if (!Object.hasOwn(source, key)) return null;
    const member = source[key];
    if (typeof member !== 'object' || member === null) return fromPlain(member);
    this.children ??= new Map();
    let child = this.children.get(key);
    if (child === undefined) {
      child = fromPlain(member);
      this.children.set(key, child);
    }
    return child;
  }
  /** Whether a member is more than the source says. */
  protected isComputed(_key: string): boolean {
    return false;
  }
  override clear(): void {
    this.source = null;
    super.clear();
  }
  /** Whether a template may have changed anything. */
  get isFilled(): boolean {
    return this.source === null;
  }
}

export class ContextRoot extends ContextMap {
  protected override isComputed(key: string): boolean {
    return key === 'requestOverride' || key === 'responseOverride';
  }

  protected override filled(): void {
    for (const name of ['requestOverride', 'responseOverride'] as const) {
      const given = super.get(name);
      const override = given instanceof JMap ? given : new ContextMap({});
      if (override !== given) super.put(name, override);
      for (const kind of MAPS_OF_OVERRIDE[name])
        if (!override.has(kind)) override.put(kind, new ContextMap({}));
    }
  }
}

/**
 * What a template has left under an override, without empty maps; undefined when that is nothing.
 *
 * @param root - null for a template that does not know $context
 * @param given - what the root was made of
 */
export function overrideLeft(
  root: ContextRoot | null,
  given: PlainData,
  name: 'requestOverride' | 'responseOverride',
): Record<string, unknown> | undefined {
  if (root?.isFilled) return withoutEmpty(toPlain(root.get(name)));
  return Object.hasOwn(given, name) ? withoutEmpty(toPlain(fromPlain(given[name]))) : undefined;
}

function withoutEmpty(value: unknown): Record<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const kept = Object.create(null) as Record<string, unknown>;
  for (const [name, member] of Object.entries(value)) {
    const isEmpty =
      typeof member === 'object' &&
      member !== null &&
      !Array.isArray(member) &&
      Object.keys(member).length === 0;
    if (!isEmpty) kept[name] = member;
  }
  return Object.keys(kept).length === 0 ? undefined : kept;
}

/** Plain data as a value; its maps print nothing. */
function fromPlain(value: unknown): Value {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return fromNumber(value);
    case 'object':
      if (value === null) return null;
      if (Array.isArray(value)) return new JList(value.map(fromPlain), ARRAY_LIST);
      return new ContextMap(value as PlainData);
    default:
      return null;
  }
}

function fromNumber(value: number): Value {
  if (!Number.isInteger(value)) return new JDouble(value);
  if (value >= -2147483648 && value <= 2147483647) return value + 0;
  return Number.isSafeInteger(value) ? new JLong(BigInt(value)) : new JDouble(value);
}

const PLAIN_DEPTH_MAX = 100;

/** A value as plain data; objects have no prototype, so that no key means anything. */
function toPlain(value: Value, depth = 0): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (isNumber(value)) return plainNumber(value);
  if (depth > PLAIN_DEPTH_MAX) return null;
  if (value instanceof JList) return value.items.map((item) => toPlain(item, depth + 1));
  if (value instanceof JMap) {
    const plain = Object.create(null) as Record<string, unknown>;
    value.keys.forEach((key, i) => {
      plain[toDisplayText(key)] = toPlain(value.values[i]!, depth + 1);
    });
    return plain;
  }
  return toDisplayText(value);
}

function plainNumber(value: Parameters<typeof doubleOf>[0]): number | string {
  if (typeof value === 'number') return value;
  const double = doubleOf(value);
  if (value instanceof JDecimal) return parseDecimal(String(double)) === null ? toDisplayText(value) : double;
  const isExact = !(typeof value === 'bigint' || value instanceof JLong) || BigInt(double) === wholeOf(value);
  return isExact ? double : toDisplayText(value);
}
