// References: $name.property.method(args)[index]. One without a value is the empty text, as API Gateway has it.

import { elementOf, invoke, propertyOf, setElement, setProperty } from '../methods/invoke.ts';
import { JMap, type Value } from '../value/kinds.ts';
import { spend } from '../value/meter.ts';
import type { Shape } from '../value/shape.ts';
import { toDisplayText } from '../value/text.ts';
import { BlockReference } from './block-reference.ts';
import type { Compiler } from './compile.ts';
import { compileValue } from './expressions.ts';
import { ForeachScope, foreachProperty } from './foreach-scope.ts';
import { InputObject, UtilObject } from './hosts.ts';
import type { Evaluate, Render, Runtime } from './runtime.ts';
import type { ExpressionNode, ReferenceNode, StepNode } from './tree.ts';

/** One step of a reference: the value of it on what stands before, null when there is none. */
type Step = (self: NonNullable<Value>, rt: Runtime) => Value;

/** The value of a reference; never null. */
export function referenceValue(node: ReferenceNode, compiler: Compiler): NonNullEvaluate {
  compiler.noteReference(node);
  const place = compiler.names.placeOf(node.root);
  const [step] = node.steps;
  if (step?.type === 'property' && node.steps.length === 1 && isMember(step.name)) {
    return memberValue(place, step.name);
  }
  const steps = node.steps.map((step) => compileStep(step, compiler));
  const [first, second, ...rest] = steps;
  if (first === undefined) return (rt) => rt.get(place) ?? '';
  if (second === undefined) {
    return (rt) => {
      const root = rt.get(place);
      return root === null ? '' : (first(root, rt) ?? '');
    };
  }
  if (rest.length === 0) {
    return (rt) => {
      const root = rt.get(place);
      if (root === null) return '';
      const value = first(root, rt);
      return value === null ? '' : (second(value, rt) ?? '');
    };
  }
  return (rt) => {
    let value = rt.get(place);
    for (let i = 0; i < steps.length && value !== null; i++) value = steps[i]!(value, rt);
    return value ?? '';
  };
}

type NonNullEvaluate = (rt: Runtime) => NonNullable<Value>;

// "$item.name", the commonest of all, in one function.
function memberValue(place: number, name: string): NonNullEvaluate {
  const member = new Member(name);
  return (rt) => {
    const self = rt.get(place);
    return self === null ? '' : (member.of(self) ?? '');
  };
}

// ... and written with the text before it. A class: V8 compiles its one method with the imports it names as constants,
// where a closure of many looks each of them up.
class MemberText {
  private readonly lead: string;
  private readonly place: number;
  private readonly member: Member;
  private readonly whenNull: string;
  constructor(lead: string, place: number, name: string, whenNull: string) {
    this.lead = lead;
    this.place = place;
    this.member = new Member(name);
    this.whenNull = whenNull;
  }

  render(rt: Runtime): void {
    // What an argument of a macro gives may end the render, but not before the text is written.
    if (rt.frame !== null) rt.write(this.lead);
    const before = rt.frame === null ? this.lead : '';
    const self = rt.get(this.place);
    const found = self === null ? null : this.member.of(self);
    if (typeof found === 'string') rt.writeBoth(before, found);
    else if (found instanceof BlockReference) {
      rt.write(before);
      writeBlock(found, rt, '', this.whenNull);
    } else rt.writeBoth(before, found === null ? '' : toDisplayText(found));
  }
}

/** Writes a text and the reference behind it to the output. */
export function referenceRender(node: ReferenceNode, compiler: Compiler, lead: string): Render {
  const { prefix, whenNull } = node;
  if (node.isRunt) return (rt) => rt.write(lead + prefix);
  const value = referenceValue(node, compiler);
  if (!node.escaped && prefix === '') {
    const [step, ...more] = node.steps;
    if (step?.type === 'property' && more.length === 0 && isMember(step.name)) {
      const text = new MemberText(lead, compiler.names.placeOf(node.root), step.name, whenNull);
      return (rt) => text.render(rt);
    }
    return (rt) => {
      rt.write(lead);
      const found = value(rt);
      if (typeof found === 'string') rt.write(found);
      else writeValue(found, rt, prefix, whenNull);
    };
  }
  if (node.escaped) {
    return (rt) => {
      rt.write(lead);
      // Looking it up may still fail, and may still change things.
      value(rt);
      rt.write(prefix + (literalArgument(rt, whenNull) ?? whenNull));
    };
  }
  return (rt) => {
    rt.write(lead);
    const found = value(rt);
    rt.write(prefix);
    writeValue(found, rt, prefix, whenNull);
  };
}

function writeValue(found: NonNullable<Value>, rt: Runtime, prefix: string, whenNull: string): void {
  if (found instanceof BlockReference) writeBlock(found, rt, prefix, whenNull);
  else rt.write(toDisplayText(found));
}

function writeBlock(block: BlockReference, rt: Runtime, prefix: string, whenNull: string): void {
  spend(1);
  if (block.render(rt)) return;
  const text = block.text();
  // A block that contains itself prints its name, and what stood before it once more.
  rt.write(text ?? prefix + (literalArgument(rt, whenNull) ?? whenNull));
}

function literalArgument(rt: Runtime, name: string): string | null {
  for (let frame = rt.frame; frame !== null; frame = frame.parent) {
    const literal = frame.literals.get(name);
    if (literal !== undefined) return literal;
  }
  return null;
}

function compileStep(step: StepNode, compiler: Compiler): Step {
  switch (step.type) {
    case 'property':
      return propertyStep(step.name);
    case 'index': {
      const arg = compileValue(step.arg, compiler);
      return (self, rt) => elementOf(self, arg(rt));
    }
    case 'method':
      return methodStep(step.name, step.args, compiler);
  }
}

function propertyStep(name: string): Step {
  const ofLoop = foreachProperty(name);
  if (ofLoop !== null) {
    return (self) => (self instanceof ForeachScope ? ofLoop(self) : propertyOf(self, name));
  }
  if (!isMember(name)) return (self) => propertyOf(self, name);
  const member = new Member(name);
  return (self) => member.of(self);
}

/** Whether a property of a map can only be one of its members. */
function isMember(name: string): boolean {
  return name !== 'class' && name !== 'Class' && foreachProperty(name) === null;
}

// Remembers where the last shape had the member: the maps that one place in a template meets mostly look alike.
class Member {
  private readonly name: string;
  private shape: Shape | null = null;
  private place = -1;
  constructor(name: string) {
    this.name = name;
  }

  of(self: NonNullable<Value>): Value {
    if (!(self instanceof JMap) || self.isHost) return propertyOf(self, this.name);
    const { shape } = self;
    if (shape === null) return self.get(this.name);
    if (shape !== this.shape) {
      this.shape = shape;
      this.place = shape.placeOf(this.name);
    }
    return this.place < 0 ? null : self.at(this.place);
  }
}

function methodStep(name: string, argNodes: readonly ExpressionNode[], compiler: Compiler): Step {
  const args = argNodes.map((arg) => compileValue(arg, compiler));
  const only = args.length === 1 ? args[0]! : null;
  const fixed = only !== null ? constantText(argNodes[0]!) : null;
  const general: Step = (self, rt) => invoke(self, name, evaluateAll(args, rt)) ?? null;
  if (only === null) return general;
  switch (name) {
    case 'json':
    case 'path':
    case 'params':
      return inputStep(name, only, fixed, compiler);
    case 'get':
      return (self, rt) => {
        const arg = only(rt);
        if (self instanceof JMap && typeof arg === 'string') return self.get(arg);
        return invoke(self, name, [arg]) ?? null;
      };
    case 'escapeJavaScript':
      return (self, rt) => {
        const arg = only(rt);
        if (self instanceof UtilObject && typeof arg === 'string') return self.escapeJavaScript(arg);
        return invoke(self, name, [arg]) ?? null;
      };
    default:
      return general;
  }
}

function evaluateAll(args: readonly Evaluate[], rt: Runtime): Value[] {
  const values: Value[] = new Array(args.length);
  for (let i = 0; i < args.length; i++) values[i] = args[i]!(rt);
  return values;
}

// $input.json('...') and its kin with a fixed text: the path is compiled with the template.
function inputStep(
  name: 'json' | 'path' | 'params',
  arg: Evaluate,
  fixed: string | null,
  compiler: Compiler,
): Step {
  const general = (self: NonNullable<Value>, value: Value): Value => invoke(self, name, [value]) ?? null;
  if (fixed === null) return (self, rt) => general(self, arg(rt));
  if (name === 'params') {
    return (self) => (self instanceof InputObject ? self.param(fixed) : general(self, fixed));
  }
  const path = compiler.jsonPath(fixed);
  if (name === 'json')
    return (self) => (self instanceof InputObject ? self.json(path) : general(self, fixed));
  return (self) => (self instanceof InputObject ? self.path(path) : general(self, fixed));
}

/** The text of a literal that does not change; null for anything else. */
export function constantText(node: ExpressionNode): string | null {
  if (node.type !== 'string') return null;
  const quote = node.image[0]!;
  const inner = node.image.slice(1, -1);
  if (inner.includes(quote)) return null;
  if (quote === '"' && (inner.includes('$') || inner.includes('#') || inner.includes('\\u'))) {
    // "$" and "$.a" hold no reference.
    return /^\$(?:[.[][^$#\\]*)?$/.test(inner) ? inner : null;
  }
  return inner;
}

/** Stores a value where a reference points; nothing happens when it points nowhere. */
export function referenceAssign(
  node: ReferenceNode,
  compiler: Compiler,
): (rt: Runtime, value: Value) => void {
  compiler.noteAssignment(node);
  if (node.steps.length === 0) {
    const place = compiler.names.placeOf(node.setName);
    return (rt, value) => rt.put(place, value);
  }
  const place = compiler.names.placeOf(node.root);
  const last = node.steps[node.steps.length - 1]!;
  const before = node.steps.slice(0, -1).map((step) => compileStep(step, compiler));
  const store = storeOf(last, compiler);
  return (rt, value) => {
    let self = rt.get(place);
    for (let i = 0; i < before.length && self !== null; i++) self = before[i]!(self, rt);
    if (self !== null) store(self, value, rt);
  };
}

function storeOf(
  step: StepNode,
  compiler: Compiler,
): (self: NonNullable<Value>, value: Value, rt: Runtime) => void {
  if (step.type === 'index') {
    const arg = compileValue(step.arg, compiler);
    return (self, value, rt) => setElement(self, arg(rt), value);
  }
  const { name } = step;
  return (self, value) => setProperty(self, name, value);
}
