// Reads the values of a section into settings, and gathers what is wrong with them: a line each, with its place.

import { closest } from './closest.ts';
import type { Placed, PlacedMember } from './placed.ts';
import type { Setting } from './setting.ts';

/** Settings by name, as one entry of a section has them. */
export type Fields = Readonly<Record<string, Setting<unknown>>>;
export type FieldValues<F> = { readonly [K in keyof F]: F[K] extends Setting<infer T> ? T : never };

/** Names that people choose. */
export interface NameRule {
  readonly pattern: RegExp;
  /** Completes "expected ...". */
  readonly expected: string;
}

export class SectionReader {
  readonly problems: string[] = [];
  /** What relative paths start from. */
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** @param at - a value, or the name of one */
  tell(at: { readonly where: string }, problem: string): void {
    this.problems.push(`${at.where}: ${problem}`);
  }

  /** The members of a mapping whose names are known; null when it is no mapping, which is told. */
  members(value: Placed, known: readonly string[]): ReadonlyMap<string, Placed> | null {
    const members = this.#membersOf(value, `settings; known are ${known.join(', ')}`);
    for (const { name, where, value: member } of members ?? [])
      if (!known.includes(name))
        this.tell({ where }, `"${member.key}" is not a setting; ${hint(name, known)}`);
    return members && new Map(members.map((member) => [member.name, member.value]));
  }

  /** The members of a mapping whose names people have chosen. @param what - "pools" */
  named(value: Placed, what: string, rule: NameRule): readonly PlacedMember[] {
    if (value.isNull) return [];
    return (this.#membersOf(value, what) ?? []).filter(({ name, where }) => {
      const fits = rule.pattern.test(name);
      if (!fits) this.tell({ where }, `${value.key} has the name ${quoted(name)}; expected ${rule.expected}`);
      return fits;
    });
  }

  /** The items of a list. */
  items(value: Placed, expected: string, max: number): readonly Placed[] {
    const items = value.items();
    if (items !== null && items.length > 0 && items.length <= max) return items;
    const given = items === null ? quoted(value.raw) : `a list of ${items.length}`;
    this.tell(value, `${value.key} is ${given}; expected ${expected}`);
    return [];
  }

  /** One setting: what is given, or its default; also when what is given is wrong, which is told. */
  value<T>(setting: Setting<T>, given: Placed | undefined): T {
    if (given === undefined) return setting.default;
    const raw = given.raw;
    const parsed = setting.parse(raw, this.folder);
    if (parsed !== undefined) return parsed;
    const shown = setting.isSecret === true ? 'not usable' : quoted(raw);
    this.tell(given, `${given.key} is ${shown}; expected ${setting.expected}`);
    return setting.default;
  }

  /** All settings of an entry. @param required - those that have no default */
  fields<F extends Fields>(
    owner: Placed,
    members: ReadonlyMap<string, Placed>,
    fields: F,
    required: readonly (keyof F & string)[] = [],
  ): FieldValues<F> {
    for (const name of required)
      if (!members.has(name))
        this.tell(owner, `${owner.key} has no "${name}"; expected ${fields[name]!.expected}`);
    const values = Object.entries(fields).map(([name, setting]) => [
      name,
      this.value(setting, members.get(name)),
    ]);
    return Object.fromEntries(values) as FieldValues<F>;
  }

  #membersOf(value: Placed, of: string): readonly PlacedMember[] | null {
    const members = value.members();
    // What stands there instead is not repeated: it may be a secret in the wrong place.
    if (members === null) this.tell(value, `${value.key} must be a mapping of ${of}`);
    return members;
  }
}

/** What to write in place of an unknown name. */
export function hint(name: string, known: readonly string[]): string {
  const near = closest(name, known);
  return near === undefined ? `known are ${known.join(', ')}` : `did you mean "${near}"?`;
}

/** A value as problems show it: short, on one line, without the password of a URL. */
export function quoted(raw: unknown): string {
  const text = jsonOf(raw).replace(/\/\/[^/@"]*@/g, '//***@');
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function jsonOf(raw: unknown): string {
  try {
    return JSON.stringify(raw) ?? String(raw);
  } catch {
    return 'a value that contains itself';
  }
}
