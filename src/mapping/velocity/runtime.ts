// The state of one render: what has been written, the variables, the macros that are being called.

import { TemplateRenderError } from '../errors.ts';
import type { Value } from '../value/kinds.ts';
import { type Deadline, openMeter, STEPS_MAX } from '../value/meter.ts';
import { TEXT_CHARS_MAX } from '../value/text.ts';

/** What a render may use up; exceeding one is a TemplateRenderError. */
export interface RenderLimits {
  /** Characters of the output; never more than 10 Mi. */
  readonly outputCharsMax: number;
  /** Steps of about 30 ns. */
  readonly stepsMax: number;
  /** `#evaluate` within `#evaluate`. */
  readonly depthMax: number;
  readonly deadline?: Deadline;
}

export const DEFAULT_LIMITS: RenderLimits = {
  outputCharsMax: TEXT_CHARS_MAX,
  stepsMax: STEPS_MAX,
  depthMax: 40,
};

/** Variable names and their places. A text evaluated at run time adds names of its own to a copy. */
export class Names {
  private readonly places: Map<string, number>;
  constructor(names: Iterable<readonly [string, number]> = []) {
    this.places = new Map(names);
  }
  get size(): number {
    return this.places.size;
  }
  placeOf(name: string): number {
    const known = this.places.get(name);
    if (known !== undefined) return known;
    const place = this.places.size;
    this.places.set(name, place);
    return place;
  }
  nameList(): string[] {
    return [...this.places.keys()];
  }
  copy(): Names {
    return new Names(this.places);
  }
}

/** The variables every template begins with, in their places. */
export const INPUT = 0;
export const UTIL = 1;
export const CONTEXT = 2;
export const STAGE_VARIABLES = 3;
export const FOREACH = 4;
export const VELOCITY_COUNT = 5;
export const VELOCITY_HAS_NEXT = 6;
const FIRST_NAMES = [
  'input',
  'util',
  'context',
  'stageVariables',
  'foreach',
  'velocityCount',
  'velocityHasNext',
];

export function freshNames(): Names {
  return new Names(FIRST_NAMES.map((name, place) => [name, place] as const));
}

export type Render = (rt: Runtime) => void;
export type Evaluate = (rt: Runtime) => Value;

/** The arguments of a macro being called: by name, so evaluated where the call stands each time they are read. */
export interface MacroFrame {
  readonly parent: MacroFrame | null;
  readonly locals: Map<number, Value>;
  readonly args: Map<number, Evaluate>;
  readonly literals: Map<string, string>;
}

export interface Macro {
  readonly params: readonly number[];
  readonly paramNames: readonly string[];
  readonly body: Render;
}

export class Runtime {
  out = '';
  readonly vars: Value[];
  names: Names;
  frame: MacroFrame | null = null;
  macroDepth = 0;
  evaluateDepth = 0;
  /** Those of the template; {@link ownMacros} are for changing. */
  macros: ReadonlyMap<string, Macro>;
  private macrosOfRender: Map<string, Macro> | null = null;
  readonly limits: RenderLimits;
  private readonly outputCharsMax: number;

  /** @param vars - the variables in their places; belongs to the render */
  constructor(names: Names, vars: Value[], macros: ReadonlyMap<string, Macro>, limits: RenderLimits) {
    this.names = names;
    this.vars = vars;
    this.macros = macros;
    this.limits = limits;
    this.outputCharsMax = limits.outputCharsMax;
    openMeter(limits.stepsMax, limits.deadline ?? null);
  }

  write(text: string): void {
    this.out += text;
    if (this.out.length > this.outputCharsMax) throw new TemplateRenderError('The output is too long');
  }

  /** Two texts, one after the other. */
  writeBoth(first: string, second: string): void {
    this.out = this.out + first + second;
    if (this.out.length > this.outputCharsMax) throw new TemplateRenderError('The output is too long');
  }

  /** The macros, to which an `#evaluate` may add some of this render only. */
  ownMacros(): Map<string, Macro> {
    this.macrosOfRender ??= new Map(this.macros);
    this.macros = this.macrosOfRender;
    return this.macrosOfRender;
  }

  get(place: number): Value {
    return this.frame === null ? (this.vars[place] ?? null) : this.getInMacro(place, this.frame);
  }

  private getInMacro(place: number, frame: MacroFrame): Value {
    for (let at: MacroFrame | null = frame; at !== null; at = at.parent) {
      const local = at.locals.get(place);
      if (local !== undefined && local !== null) return local;
      const arg = at.args.get(place);
      if (arg !== undefined) return this.inFrame(at.parent, arg);
    }
    return this.vars[place] ?? null;
  }

  /** Evaluates something where a macro was called. */
  inFrame(frame: MacroFrame | null, evaluate: Evaluate): Value {
    const before = this.frame;
    this.frame = frame;
    try {
      return evaluate(this);
    } finally {
      this.frame = before;
    }
  }

  put(place: number, value: Value): void {
    for (let at = this.frame; at !== null; at = at.parent) at.locals.set(place, value);
    this.vars[place] = value;
  }

  remove(place: number): void {
    for (let at = this.frame; at !== null; at = at.parent) {
      at.locals.delete(place);
      at.args.delete(place);
    }
    this.vars[place] = null;
  }

  /** What rendering something writes, kept out of the output. */
  captured(render: Render): string {
    const before = this.out;
    this.out = '';
    try {
      render(this);
      return this.out;
    } finally {
      this.out = before;
    }
  }
}

/** `#break` and `#stop` on their way to what they end. */
export class StopSignal {
  /** nearest: the next thing that can be stopped; all: the template or the #evaluate; else that one loop. */
  readonly target: 'nearest' | 'all' | object;
  constructor(target: 'nearest' | 'all' | object) {
    this.target = target;
  }
  isFor(candidate: object): boolean {
    return this.target === 'nearest' || this.target === candidate;
  }
}

export const STOP_ALL = new StopSignal('all');
export const STOP_NEAREST = new StopSignal('nearest');
