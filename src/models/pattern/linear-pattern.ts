// A regular expression that answers "does it match somewhere" in time linear in the text, whatever the pattern.
// Thompson's automaton, made deterministic state by state as texts need it. Look-arounds are automata of their
// own, run first, that mark the positions where they hold; to the main run they are assertions like `^`.

import { type CharSet, normalizeSet, setHas, wordChars } from './char-set.ts';
import { type ParsedPattern, PatternError, type PatternNode, parsePattern } from './parse-pattern.ts';

/** Work of one run beyond what its states have cached; about 0.2 s. */
const stepsMax = 10_000_000;
const instructionsMax = 20_000;
const compileStepsMax = 10 * instructionsMax;
/** Cached transitions per automaton (4 bytes each); beyond, the cache starts anew. */
const transitionsMax = 1 << 20;

/** A match gave up: the text needs more work than one request may cost. */
export class PatternCostError extends RangeError {
  override readonly name = 'PatternCostError';
}

/** Steps left in the run that is going on; `withPatternBudget` refills it. */
let stepsLeft = stepsMax;

/** Runs `work` with one fresh budget for all pattern matches in it. */
export function withPatternBudget<T>(work: () => T): T {
  stepsLeft = stepsMax;
  return work();
}

export class LinearPattern {
  readonly source: string;
  readonly #main: Automaton;
  readonly #looks: readonly Automaton[];
  readonly #behind: readonly boolean[];

  /** @throws PatternError when `source` is wrong or cannot be matched in linear time */
  constructor(source: string) {
    this.source = source;
    const parsed = parsePattern(source);
    this.#main = new Automaton(parsed.node, parsed, false);
    this.#looks = parsed.looks.map((look) => new Automaton(look.node, parsed, !look.behind));
    this.#behind = parsed.looks.map((look) => look.behind);
  }

  /** Does the pattern match anywhere in `text`? @throws PatternCostError when the budget is used up */
  test(text: string): boolean {
    if (this.#looks.length === 0) return this.#main.run(text, null, 0);
    const marks = new Uint8Array(text.length + 1);
    this.#looks.forEach((look, index) => {
      look.run(text, marks, 1 << index, this.#behind[index]! ? 'forward' : 'backward');
    });
    return this.#main.run(text, marks, 0);
  }

  /** Ajv tells patterns apart by this text. */
  toString(): string {
    return `/${this.source}/`;
  }
}

// Position bits; look-arounds follow from bit 3.
const atStart = 1;
const atEnd = 2;
const atWordEdge = 4;
const lookShift = 3;
/** The state with nothing in it is always the first. */
const initialState = 0;

type Instruction =
  | { readonly op: 'set'; readonly set: CharSet; readonly next: number }
  | { readonly op: 'split'; next: number; readonly other: number }
  | { readonly op: 'assert'; readonly bit: number; readonly wanted: boolean; readonly next: number }
  | { readonly op: 'match' };

interface State {
  readonly kernel: readonly number[];
  /** (bits, class) -> (state index * 2 + matched), or -1 when not computed yet. */
  readonly next: Int32Array;
}

class Automaton {
  readonly #program: Instruction[] = [{ op: 'match' }];
  readonly #start: number;
  /** Lower ends of the character classes. */
  readonly #borders: readonly number[];
  readonly #asciiClass = new Uint16Array(128);
  /** Position bits that this automaton looks at; their index is their place among the packed ones. */
  readonly #bits: readonly number[];
  readonly #startMask: number;
  readonly #endMask: number;
  readonly #wordMask: number;
  #states: State[] = [];
  #index = new Map<string, number>();
  readonly #statesMax: number;
  readonly #visited: Uint32Array;
  #visit = 0;
  #compileSteps = 0;

  constructor(node: PatternNode, parsed: ParsedPattern, reversed: boolean) {
    const bits = new Set<number>();
    this.#start = this.#compile(node, 0, parsed, reversed, bits);
    this.#bits = [...bits].sort((a, b) => a - b);
    const maskOf = (bit: number) => (bits.has(bit) ? 1 << this.#bits.indexOf(bit) : 0);
    this.#startMask = maskOf(atStart);
    this.#endMask = maskOf(atEnd);
    this.#wordMask = maskOf(atWordEdge);
    this.#borders = bordersOf(this.#program, bits.has(atWordEdge));
    for (let code = 0; code < 128; code++) this.#asciiClass[code] = this.#search(code);
    this.#statesMax = Math.max(16, Math.floor(transitionsMax / this.#tableSize));
    this.#visited = new Uint32Array(this.#program.length);
    this.#stateOf([]);
  }

  get #tableSize(): number {
    return (this.#borders.length + 1) << this.#bits.length;
  }

  #emit(instruction: Instruction): number {
    if (this.#program.length >= instructionsMax) throw tooLarge();
    return this.#program.push(instruction) - 1;
  }

  #compile(
    node: PatternNode,
    next: number,
    parsed: ParsedPattern,
    reversed: boolean,
    bits: Set<number>,
  ): number {
    // Copies of an empty group emit nothing, so they are counted apart: `((){9999}){9999}` must end too.
    if (++this.#compileSteps > compileStepsMax) throw tooLarge();
    const compile = (inner: PatternNode, to: number) => this.#compile(inner, to, parsed, reversed, bits);
    switch (node.kind) {
      case 'set':
        return this.#emit({ op: 'set', set: node.set, next });
      case 'sequence':
        return (reversed ? [...node.nodes] : node.nodes.toReversed()).reduce(
          (to, inner) => compile(inner, to),
          next,
        );
      case 'choice':
        return node.nodes
          .map((inner) => compile(inner, next))
          .reduceRight((other, entry) => this.#emit({ op: 'split', next: entry, other }));
      case 'repeat': {
        let entry = next;
        if (node.max === Infinity) {
          const loop: Instruction = { op: 'split', next, other: next };
          entry = this.#emit(loop);
          loop.next = compile(node.node, entry);
        } else {
          for (let i = node.min; i < node.max; i++) {
            entry = this.#emit({ op: 'split', next: compile(node.node, entry), other: next });
          }
        }
        for (let i = 0; i < node.min; i++) entry = compile(node.node, entry);
        return entry;
      }
      case 'assert': {
        const bit = node.what === 'start' ? atStart : node.what === 'end' ? atEnd : atWordEdge;
        bits.add(bit);
        return this.#emit({ op: 'assert', bit, wanted: node.wanted, next });
      }
      case 'look': {
        const bit = 1 << (node.index + lookShift);
        bits.add(bit);
        return this.#emit({ op: 'assert', bit, wanted: node.wanted, next });
      }
    }
  }

  /**
   * Runs over the whole text, the start state being added at each position. With `mark`, sets that bit of `marks`
   * at each position where a match ends; without, stops at the first.
   */
  run(
    text: string,
    marks: Uint8Array | null,
    mark: number,
    direction: 'forward' | 'backward' = 'forward',
  ): boolean {
    const forward = direction === 'forward';
    const columns = this.#borders.length;
    const usesBits = this.#bits.length > 0;
    const end = forward ? text.length : 0;
    let at = text.length - end;
    let state = initialState;
    while (at !== end) {
      const code = forward ? codePointAfter(text, at) : codePointBefore(text, at);
      const column = code < 128 ? this.#asciiClass[code]! : this.#search(code);
      const bits = usesBits ? this.#bitsAt(text, at, marks) : 0;
      const step = this.#step(state, bits, column, bits * (columns + 1) + column);
      if ((step & 1) === 1) {
        if (mark === 0) return true;
        marks![at]! |= mark;
      }
      state = step >> 1;
      const width = code > 0xffff ? 2 : 1;
      at += forward ? width : -width;
    }
    const bits = usesBits ? this.#bitsAt(text, at, marks) : 0;
    const matched = (this.#step(state, bits, columns, bits * (columns + 1) + columns) & 1) === 1;
    if (matched && mark !== 0) marks![at]! |= mark;
    return matched;
  }

  #step(state: number, bits: number, column: number, key: number): number {
    const step = this.#states[state]!.next[key]!;
    return step >= 0 ? step : this.#advance(state, bits, column, key);
  }

  // What holds at a position, packed into the bits that this automaton looks at.
  #bitsAt(text: string, at: number, marks: Uint8Array | null): number {
    let packed = 0;
    if (at === 0) packed |= this.#startMask;
    if (at === text.length) packed |= this.#endMask;
    if (this.#wordMask !== 0 && isWordAt(text, at - 1) !== isWordAt(text, at)) packed |= this.#wordMask;
    const marked = marks === null ? 0 : marks[at]! << lookShift;
    if (marked === 0) return packed;
    for (let i = 0; i < this.#bits.length; i++) if ((marked & this.#bits[i]!) !== 0) packed |= 1 << i;
    return packed;
  }

  // One missing transition: follows the empty moves that hold here, then the moves over this class.
  #advance(state: number, bits: number, column: number, key: number): number {
    const program = this.#program;
    const code = column < this.#borders.length ? this.#borders[column]! : -1;
    let matched = 0;
    const kernel: number[] = [];
    const stack = [...this.#states[state]!.kernel, this.#start];
    this.#visit++;
    while (stack.length > 0) {
      const at = stack.pop()!;
      if (this.#visited[at] === this.#visit) continue;
      this.#visited[at] = this.#visit;
      if (--stepsLeft < 0)
        throw new PatternCostError('a regular expression of the model needs too much work');
      const instruction = program[at]!;
      if (instruction.op === 'match') matched = 1;
      else if (instruction.op === 'split') stack.push(instruction.other, instruction.next);
      else if (instruction.op === 'assert') {
        const holds = (bits & (1 << this.#bits.indexOf(instruction.bit))) !== 0;
        if (holds === instruction.wanted) stack.push(instruction.next);
      } else if (code >= 0 && setHas(instruction.set, code)) kernel.push(instruction.next);
    }
    const from = this.#states[state]!;
    const step = this.#stateOf([...new Set(kernel)].sort((a, b) => a - b)) * 2 + matched;
    // A restarted cache has forgotten `from`; writing to it is harmless, but the index must be of the new cache.
    from.next[key] = this.#states[state] === from ? step : -1;
    return step;
  }

  #stateOf(kernel: readonly number[]): number {
    const name = kernel.join();
    const known = this.#index.get(name);
    if (known !== undefined) return known;
    if (this.#states.length >= this.#statesMax) {
      this.#states = [];
      this.#index = new Map();
      this.#stateOf([]);
      return this.#stateOf(kernel);
    }
    this.#index.set(name, this.#states.length);
    return this.#states.push({ kernel, next: new Int32Array(this.#tableSize).fill(-1) }) - 1;
  }

  #search(code: number): number {
    let low = 0;
    let high = this.#borders.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#borders[middle]! <= code) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

// Code points between two borders are told apart by no instruction, so they share one column.
function bordersOf(program: readonly Instruction[], words: boolean): readonly number[] {
  const borders = new Set<number>([0]);
  const add = (set: readonly number[]) => {
    for (let i = 0; i < set.length; i += 2) borders.add(set[i]!).add(set[i + 1]! + 1);
  };
  for (const instruction of program) if (instruction.op === 'set') add(normalizeSet(instruction.set));
  if (words) add(wordChars);
  return [...borders].filter((code) => code <= 0x10ffff).sort((a, b) => a - b);
}

function isWordAt(text: string, at: number): boolean {
  return at >= 0 && at < text.length && setHas(wordChars, text.charCodeAt(at));
}

function codePointAfter(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return unit < 0xd800 || unit > 0xdbff ? unit : text.codePointAt(at)!;
}

function codePointBefore(text: string, at: number): number {
  const unit = text.charCodeAt(at - 1);
  if (unit < 0xdc00 || unit > 0xdfff || at < 2) return unit;
  const pair = text.codePointAt(at - 2)!;
  return pair > 0xffff ? pair : unit;
}

const tooLarge = () => new PatternError(`the regular expression needs more than ${instructionsMax} states`);
