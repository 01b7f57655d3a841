// The kinds of process setting: what a value may be, and how it is read from a file or from text.

import path from 'node:path';

/** One setting: what it means, why its default is what it is, and the parser of its values. */
export interface Setting<T> {
  readonly default: T;
  /** One sentence for `--help`. */
  readonly means: string;
  /** Why this default. */
  readonly reason: string;
  /** Completes "expected ...". */
  readonly expected: string;
  /** What `--help` shows in place of the value. */
  readonly placeholder: string;
  /** No message repeats its value. */
  readonly isSecret?: boolean;
  /**
   * @param raw - a YAML value, or text from the environment or a flag
   * @param folder - what relative paths start from
   * @returns undefined when the value is not what is expected
   */
  parse(raw: unknown, folder: string): T | undefined;
}

interface Prose {
  readonly means: string;
  readonly reason: string;
}

/** A whole number within bounds. */
export function integer(
  spec: Prose & { default: number; unit: string; min: number; max: number },
): Setting<number> {
  return {
    default: spec.default,
    means: spec.means,
    reason: spec.reason,
    expected: `a whole number from ${spec.min} to ${spec.max}${spec.unit === '' ? '' : ` (${spec.unit})`}`,
    placeholder: '<n>',
    parse: (raw) => {
      const value = typeof raw === 'string' && /^[0-9]{1,12}$/.test(raw) ? Number(raw) : raw;
      const fits =
        typeof value === 'number' && Number.isInteger(value) && value >= spec.min && value <= spec.max;
      return fits ? value : undefined;
    },
  };
}

/** A whole number within bounds, or none. */
export function optionalInteger(
  spec: Prose & { unit: string; min: number; max: number },
): Setting<number | null> {
  return { ...integer({ ...spec, default: spec.min }), default: null };
}

/** Text that matches a pattern. */
export function text<D extends string | null>(
  spec: Prose & { default: D; expected: string; pattern: RegExp; isSecret?: boolean },
): Setting<string | D> {
  return {
    default: spec.default,
    means: spec.means,
    reason: spec.reason,
    expected: spec.expected,
    placeholder: '<text>',
    isSecret: spec.isSecret ?? false,
    parse: (raw) => (typeof raw === 'string' && spec.pattern.test(raw) ? raw : undefined),
  };
}

/** Yes or no. */
export function yesNo(spec: Prose & { default: boolean }): Setting<boolean> {
  return {
    default: spec.default,
    means: spec.means,
    reason: spec.reason,
    expected: 'true or false',
    placeholder: '<true|false>',
    parse: (raw) => {
      if (typeof raw === 'boolean') return raw;
      return raw === 'true' ? true : raw === 'false' ? false : undefined;
    },
  };
}

/** One word of a list. */
export function choice<const W extends string, D extends W | null>(
  spec: Prose & { default: D; words: readonly W[] },
): Setting<W | D> {
  return {
    default: spec.default,
    means: spec.means,
    reason: spec.reason,
    expected: `one of ${spec.words.join(', ')}`,
    placeholder: `<${spec.words.join('|')}>`,
    parse: (raw) => spec.words.find((word) => word === raw),
  };
}

/** A file or folder; made absolute where it is read. */
export function file<D extends string | null>(spec: Prose & { default: D }): Setting<string | D> {
  return {
    default: spec.default,
    means: spec.means,
    reason: spec.reason,
    expected: 'a path',
    placeholder: '<path>',
    parse: (raw, folder) =>
      typeof raw === 'string' && raw !== '' && !raw.includes('\0') ? path.resolve(folder, raw) : undefined,
  };
}
