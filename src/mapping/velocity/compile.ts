// From the tree of a template to a function that renders it. Functions (closures) rather than generated source: they
// keep texts of templates out of any evaluator, and cost little more. For a loop over 20 items, source written by hand
// as a generator would write it took 5.5 CPU-us where closures took 6.9 (now 5.4); 3.5 of that is reading the body.

import { TemplateParseError, TemplateRefusedError, TemplateRenderError } from '../errors.ts';
import { compileJsonPath, type JsonPath } from '../jsonpath/json-path.ts';
import { changesOf, JIterator, JList, JMap, type Value } from '../value/kinds.ts';
import { spend } from '../value/meter.ts';
import { toDisplayText } from '../value/text.ts';
import { BlockReference } from './block-reference.ts';
import { commaRender } from './comma.ts';
import { type Condition, compileValue, conditionOf } from './expressions.ts';
import { ForeachScope } from './foreach-scope.ts';
import { parseTemplate } from './parser.ts';
import { constantText, referenceAssign, referenceRender } from './references.ts';
import {
  type Evaluate,
  FOREACH,
  type Macro,
  type MacroFrame,
  type Names,
  type Render,
  type Runtime,
  STOP_ALL,
  STOP_NEAREST,
  StopSignal,
  VELOCITY_COUNT,
  VELOCITY_HAS_NEXT,
} from './runtime.ts';
import type {
  BlockNode,
  DirectiveNode,
  ExpressionNode,
  ReferenceNode,
  StatementNode,
  StepNode,
} from './tree.ts';
import { Usage } from './usage.ts';

/** API Gateway's quota; the loop ends without a word. */
const ITERATIONS_MAX = 1000;
const MACRO_DEPTH_MAX = 20;

const NOTHING: Render = () => {};

export interface CompiledBlock {
  readonly render: Render;
  /** The text of a block that is always the same. */
  readonly text: string | null;
}

export class Compiler {
  readonly names: Names;
  readonly macros: Map<string, Macro>;
  readonly usage = new Usage();
  private readonly source: string;
  /** Offset of the text in the template, for messages about texts within texts. */
  private readonly macroNames: Set<string>;

  constructor(source: string, names: Names, macros: Map<string, Macro>, macroNames = new Set(macros.keys())) {
    this.source = source;
    this.names = names;
    this.macros = macros;
    this.macroNames = macroNames;
  }

  /** @throws TemplateParseError */
  compile(): CompiledBlock {
    return this.block(parseTemplate(this.source, this.macroNames));
  }

  errorAt(offset: number, message: string): TemplateParseError {
    const lines = this.source.slice(0, offset).split(/\r\n|\n|\r/);
    return new TemplateParseError(message, lines.length, lines[lines.length - 1]!.length + 1);
  }

  jsonPath(source: string): JsonPath {
    const path = compileJsonPath(source);
    if (path.usesRegex) this.usage.noteRegex();
    return path;
  }

  noteReference(node: ReferenceNode): void {
    this.usage.noteReference(node, constantArgument);
  }

  noteAssignment(node: ReferenceNode): void {
    if (node.steps.length > 0) this.noteReference(node);
  }

  /** A text with references inside, which is a template of its own that shares the variables. */
  constantOf(text: string, offset: number): CompiledBlock {
    try {
      return this.block(parseTemplate(text, this.macroNames));
    } catch (error) {
      if (!(error instanceof TemplateParseError)) throw error;
      throw this.errorAt(offset, `Failed to parse String literal: ${error.message}`);
    }
  }

  // --- blocks ---------------------------------------------------------------------------------------------------

  block(block: BlockNode): CompiledBlock {
    const { nodes } = block;
    const only = nodes[0];
    if (only === undefined) return { render: NOTHING, text: '' };
    if (nodes.length === 1 && only.type === 'text') {
      const { text } = only;
      return { render: text === '' ? NOTHING : (rt) => rt.write(text), text };
    }
    const renders: Render[] = [];
    for (let i = 0; i < nodes.length; i++) {
      const node = nodes[i]!;
      const next = nodes[i + 1];
      const both = node.type === 'text' && next !== undefined ? this.textAnd(node.text, next) : null;
      if (both !== null) i++;
      renders.push(both ?? this.statement(node));
    }
    return { render: inRow(renders), text: null };
  }

  /** A text and what stands behind it as one step; null where that gains nothing. */
  private textAnd(text: string, next: StatementNode): Render | null {
    if (next.type === 'reference') return referenceRender(next, this, text);
    return next.type === 'if' ? commaRender(text, next, this) : null;
  }

  private statement(node: StatementNode): Render {
    switch (node.type) {
      case 'text': {
        const { text } = node;
        return (rt) => rt.write(text);
      }
      case 'reference':
        return referenceRender(node, this, '');
      case 'set':
        return this.set(node.target, node.value);
      case 'if':
        return this.ifStatement(node);
      case 'directive':
        return this.directive(node);
    }
  }

  private set(target: ReferenceNode, node: ExpressionNode): Render {
    const value = compileValue(node, this);
    const assign = referenceAssign(target, this);
    return (rt) => {
      const result = value(rt);
      // Only arithmetic and ranges can have no value; the variable then keeps what it had.
      if (result !== null) assign(rt, result);
    };
  }

  private ifStatement(node: StatementNode & { type: 'if' }): Render {
    const conditions: Condition[] = [];
    const blocks: Render[] = [];
    let otherwise: Render = NOTHING;
    for (const branch of node.branches) {
      const { render } = this.block(branch.block);
      if (branch.condition === null) otherwise = render;
      else {
        conditions.push(conditionOf(branch.condition, this));
        blocks.push(render);
      }
    }
    const [condition, block] = [conditions[0]!, blocks[0]!];
    if (conditions.length === 1) return (rt) => (condition(rt) ? block(rt) : otherwise(rt));
    return (rt) => {
      for (let i = 0; i < conditions.length; i++) if (conditions[i]!(rt)) return blocks[i]!(rt);
      return otherwise(rt);
    };
  }

  // --- directives -----------------------------------------------------------------------------------------------

  private directive(node: DirectiveNode): Render {
    switch (node.name) {
      case 'foreach':
        return this.foreach(node);
      case 'define':
        return this.define(node);
      case 'evaluate':
        return this.evaluate(node);
      case 'break':
        return this.breakDirective(node);
      case 'stop':
        return this.stop(node);
      case 'include':
      case 'parse':
        return this.refused(node);
      case 'literal': {
        // Velocity prints its first child, which is an argument if there is one; an empty block it trips over.
        const literal = node.args[0]?.literal ?? node.block?.literal ?? '';
        if (literal === '') throw this.errorAt(node.offset, '#literal has nothing to print');
        return (rt) => rt.write(literal);
      }
      case 'macro':
        return this.macro(node);
      default:
        return this.macroCall(node);
    }
  }

  private foreach(node: DirectiveNode): Render {
    const [variable, , listNode] = node.args;
    if (node.block === null || variable === undefined)
      throw this.errorAt(node.offset, '#foreach takes a list');
    const place = this.names.placeOf(
      variable.type === 'reference' ? variable.root : variable.literal.slice(1),
    );
    // With fewer than three arguments Velocity takes the block for the list, which has no value.
    if (listNode === undefined) return NOTHING;
    const list = compileValue(listNode, this);
    const { render } = this.block(node.block);
    const cost = 1 + costOf(node.block);
    return (rt) => {
      const value = list(rt);
      if (value instanceof JList) loopOver(value, rt, place, render, cost);
      else if (value instanceof JMap)
        loopOver(new JList([...value.values], VALUES_FLAVOR, value), rt, place, render, cost);
      else if (value instanceof JIterator) loopWith(value, rt, place, render, cost);
    };
  }

  private define(node: DirectiveNode): Render {
    const [name] = node.args;
    if (node.block === null || node.args.length !== 1 || name === undefined) {
      throw this.errorAt(node.offset, '#define takes one argument: the name of the block');
    }
    const image = name.type === 'reference' ? name.setName : name.literal.slice(1);
    const place = this.names.placeOf(image);
    const { render } = this.block(node.block);
    const cost = costOf(node.block);
    const metered: Render = (rt) => {
      spend(1 + cost);
      render(rt);
    };
    return (rt) => rt.put(place, new BlockReference(rt, metered));
  }

  private evaluate(node: DirectiveNode): Render {
    const [arg] = node.args;
    const isText = arg?.type === 'string' || arg?.type === 'reference';
    if (arg === undefined || node.args.length !== 1 || !isText) {
      throw this.errorAt(node.offset, '#evaluate() takes one string literal or reference');
    }
    this.usage.noteAnything();
    const value = compileValue(arg, this);
    return (rt) => {
      const source = value(rt);
      if (source !== null) evaluateText(toDisplayText(source), rt);
    };
  }

  private breakDirective(node: DirectiveNode): Render {
    if (node.args.length > 1) throw this.errorAt(node.offset, '#break takes one scope at most');
    const [arg] = node.args;
    if (arg === undefined) {
      return () => {
        throw STOP_NEAREST;
      };
    }
    const scope = compileValue(arg, this);
    return (rt) => {
      const value = scope(rt);
      if (value instanceof ForeachScope) throw new StopSignal(value);
      throw new TemplateRenderError(`${arg.literal} is not a scope that #break can end`);
    };
  }

  private stop(node: DirectiveNode): Render {
    if (node.args.length > 1) throw this.errorAt(node.offset, '#stop takes one message at most');
    const message = node.args.map((arg) => compileValue(arg, this))[0];
    return (rt) => {
      message?.(rt);
      throw STOP_ALL;
    };
  }

  private refused(node: DirectiveNode): Render {
    for (const arg of node.args) compileValue(arg, this);
    return () => {
      throw new TemplateRefusedError(`#${node.name} is not available: a template reads no files`);
    };
  }

  // --- macros ---------------------------------------------------------------------------------------------------

  private macro(node: DirectiveNode): Render {
    const [name, ...params] = node.args;
    if (node.block === null || name?.type !== 'word') throw this.errorAt(node.offset, '#macro takes a name');
    const paramNames = params.map((param) =>
      param.type === 'reference' ? param.setName : param.literal.replace(/^\$/, ''),
    );
    const places = paramNames.map((param) => this.names.placeOf(param));
    const { render } = this.block(node.block);
    const cost = costOf(node.block);
    // The first definition of a name stays.
    if (!this.macros.has(name.word)) {
      this.macros.set(name.word, {
        params: places,
        paramNames,
        body: (rt) => {
          spend(1 + cost);
          render(rt);
        },
      });
    }
    return NOTHING;
  }

  private macroCall(node: DirectiveNode): Render {
    const hasBody = node.name.startsWith('@');
    const name = hasBody ? node.name.slice(1) : node.name;
    if (hasBody && node.block === null) {
      const text = `#${node.name}`;
      return (rt) => rt.write(text);
    }
    const args = node.args.map((arg) => ({ node: arg, value: compileValue(arg, this) }));
    const body = node.block === null ? null : this.block(node.block).render;
    const bodyPlace = this.names.placeOf('bodyContent');
    const { literal } = node;
    const hasWord = node.args.some((arg) => arg.type === 'word');
    return (rt) => {
      const macro = rt.macros.get(name);
      if (macro === undefined) return rt.write(literal);
      if (hasWord) throw new TemplateRenderError(`Invalid arg in macro #${name}`);
      return callMacro(rt, macro, args, body === null ? null : { place: bodyPlace, render: body });
    };
  }
}

const VALUES_FLAVOR = {
  className: 'java.util.LinkedHashMap$LinkedValues',
  prints: 'list',
  writable: 'none',
  isSet: false,
} as const;

function constantArgument(step: StepNode): string | null {
  if (step.type === 'index') return constantText(step.arg);
  return step.type === 'method' && step.args.length === 1 ? constantText(step.args[0]!) : null;
}

// Unrolled for the usual lengths: the loop over an array of functions is what a profile shows first.
function inRow(renders: readonly Render[]): Render {
  const count = renders.length;
  const [a, b, c, d] = renders as [Render, Render, Render, Render];
  switch (count) {
    case 1:
      return a;
    case 2:
      return (rt) => {
        a(rt);
        b(rt);
      };
    case 3:
      return (rt) => {
        a(rt);
        b(rt);
        c(rt);
      };
    case 4:
      return (rt) => {
        a(rt);
        b(rt);
        c(rt);
        d(rt);
      };
    default:
      return (rt) => {
        for (let i = 0; i < count; i++) renders[i]!(rt);
      };
  }
}

/** How much a pass over a block costs at least: its nodes, those of inner loops not counted. */
function costOf(block: BlockNode): number {
  let cost = block.nodes.length;
  for (const node of block.nodes) {
    if (node.type === 'if') for (const branch of node.branches) cost += costOf(branch.block);
  }
  return cost;
}

// --- loops --------------------------------------------------------------------------------------------------------

function loopOver(list: JList, rt: Runtime, place: number, body: Render, cost: number): void {
  const expected = changesOf(list);
  const isView = list.viewOf !== null;
  const { items } = list;
  const size = items.length;
  const before = savedLoop(rt, place);
  const { scope } = before;
  try {
    for (let at = 0; at < ITERATIONS_MAX && at !== (isView ? size : list.items.length); at++) {
      if (changesOf(list) !== expected) throw new TemplateRenderError('ConcurrentModificationException');
      iterate(rt, place, body, cost, scope, at + 1, items[at]!, at + 1 !== size);
    }
  } catch (error) {
    if (!(error instanceof StopSignal)) throw error;
    restore(rt, place, before);
    if (!error.isFor(scope)) throw error;
    return;
  }
  restore(rt, place, before);
}

function loopWith(iterator: JIterator, rt: Runtime, place: number, body: Render, cost: number): void {
  loop(
    rt,
    place,
    body,
    cost,
    () => iterator.hasNext(),
    () => iterator.next(),
  );
}

function loop(
  rt: Runtime,
  place: number,
  body: Render,
  cost: number,
  hasNext: () => boolean,
  next: () => Value,
): void {
  const before = savedLoop(rt, place);
  const { scope } = before;
  try {
    for (let count = 1; count <= ITERATIONS_MAX && hasNext(); count++) {
      const value = next();
      iterate(rt, place, body, cost, scope, count, value, hasNext());
    }
  } catch (error) {
    if (!(error instanceof StopSignal)) throw error;
    restore(rt, place, before);
    if (!error.isFor(scope)) throw error;
    return;
  }
  restore(rt, place, before);
}

interface SavedLoop {
  readonly variable: Value;
  readonly count: Value;
  readonly more: Value;
  readonly scope: ForeachScope;
}

function savedLoop(rt: Runtime, place: number): SavedLoop {
  const variable = rt.get(place);
  const scope = new ForeachScope(rt.get(FOREACH));
  const saved = { variable, count: rt.get(VELOCITY_COUNT), more: rt.get(VELOCITY_HAS_NEXT), scope };
  rt.put(FOREACH, scope);
  return saved;
}

function iterate(
  rt: Runtime,
  place: number,
  body: Render,
  cost: number,
  scope: ForeachScope,
  count: number,
  value: Value,
  follows: boolean,
): void {
  spend(cost);
  if (rt.frame === null) {
    const { vars } = rt;
    vars[VELOCITY_COUNT] = count;
    vars[VELOCITY_HAS_NEXT] = follows;
    vars[place] = value;
  } else {
    rt.put(VELOCITY_COUNT, count);
    rt.put(VELOCITY_HAS_NEXT, follows);
    rt.put(place, value);
  }
  scope.index = count - 1;
  scope.hasNext = follows;
  body(rt);
}

function restore(rt: Runtime, place: number, { variable, count, more }: SavedLoop): void {
  putBack(rt, place, variable);
  putBack(rt, VELOCITY_COUNT, count);
  putBack(rt, VELOCITY_HAS_NEXT, more);
  const scope = rt.get(FOREACH);
  if (scope instanceof ForeachScope) putBack(rt, FOREACH, scope.parent ?? scope.replaced);
}

function putBack(rt: Runtime, place: number, value: Value): void {
  if (value === null) rt.remove(place);
  else rt.put(place, value);
}

// --- #evaluate ----------------------------------------------------------------------------------------------------

/** What compiling takes: some 600 ns a character for texts that nest, a third of it for others. */
const EVALUATE_STEPS_PER_CHAR = 20;

function evaluateText(source: string, rt: Runtime): void {
  if (++rt.evaluateDepth > rt.limits.depthMax)
    throw new TemplateRenderError('#evaluate is nested too deeply');
  spend(source.length * EVALUATE_STEPS_PER_CHAR);
  const names = rt.names;
  // Names that only this text knows must not stay with the template.
  rt.names = names.copy();
  try {
    const compiler = new Compiler(source, rt.names, rt.ownMacros());
    const { render } = compiler.compile();
    while (rt.vars.length < rt.names.size) rt.vars.push(null);
    render(rt);
  } catch (error) {
    if (!(error instanceof StopSignal) || error.target instanceof Object) throw error;
  } finally {
    rt.evaluateDepth--;
  }
}

// --- macro calls --------------------------------------------------------------------------------------------------

const CONSTANT_ARGUMENTS = new Set<ExpressionNode['type']>(['integer', 'float', 'boolean', 'word']);

function callMacro(
  rt: Runtime,
  macro: Macro,
  args: readonly { readonly node: ExpressionNode; readonly value: Evaluate }[],
  body: { readonly place: number; readonly render: Render } | null,
): void {
  const frame: MacroFrame = { parent: rt.frame, locals: new Map(), args: new Map(), literals: new Map() };
  macro.params.forEach((place, i) => {
    const arg = args[i];
    if (arg === undefined) return;
    if (CONSTANT_ARGUMENTS.has(arg.node.type)) frame.locals.set(place, arg.value(rt));
    else {
      frame.args.set(place, arg.value);
      frame.literals.set(`$${macro.paramNames[i]}`, arg.node.literal);
    }
  });
  if (body !== null) frame.locals.set(body.place, new BlockReference(rt, body.render, MACRO_DEPTH_MAX));
  if (rt.macroDepth >= MACRO_DEPTH_MAX) {
    throw new TemplateRenderError(`Max calling depth of ${MACRO_DEPTH_MAX} was exceeded in a macro`);
  }
  const before = rt.frame;
  rt.frame = frame;
  rt.macroDepth++;
  try {
    macro.body(rt);
  } catch (error) {
    if (!(error instanceof StopSignal) || !error.isFor(frame)) throw error;
  } finally {
    rt.frame = before;
    rt.macroDepth--;
  }
}
