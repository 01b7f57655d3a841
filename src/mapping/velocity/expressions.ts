// Expressions of a template as functions. Each node gives two: its value, and whether a condition holds; Velocity
// treats them apart (a literal text is never true, a variable that holds one is).

import type { TemplateParseError } from '../errors.ts';
import { wholeNumber } from '../json/numbers.ts';
import { areRelated } from '../methods/invoke.ts';
import { calculate, compareNumbers, intOf, isNumber, type Operator } from '../value/arithmetic.ts';
import { javaEquals } from '../value/equality.ts';
import { ARRAY_LIST, JDouble, JList, JMap, type Value } from '../value/kinds.ts';
import { spend, spendText } from '../value/meter.ts';
import { TEXT_CHARS_MAX, toDisplayText, tooLong } from '../value/text.ts';
import { BlockReference } from './block-reference.ts';
import type { Compiler } from './compile.ts';
import { referenceValue } from './references.ts';
import type { Evaluate, Runtime } from './runtime.ts';
import type { BinaryOperator, ExpressionNode } from './tree.ts';

export type Condition = (rt: Runtime) => boolean;

const RANGE_ITEMS_MAX = 1_000_000;

/** The value of a node; null stands for Velocity's null, which a reference never gives. */
export function compileValue(node: ExpressionNode, compiler: Compiler): Evaluate {
  switch (node.type) {
    case 'reference':
      return node.computable ? referenceValue(node, compiler) : () => null;
    case 'string':
      return stringValue(node, compiler);
    case 'integer': {
      const value = wholeNumber(BigInt(node.image));
      return () => value;
    }
    case 'float': {
      const value = new JDouble(Number(node.image));
      return () => value;
    }
    case 'boolean': {
      const { value } = node;
      return () => value;
    }
    case 'word':
      return () => null;
    case 'range':
      return rangeValue(compileValue(node.from, compiler), compileValue(node.to, compiler));
    case 'list': {
      const items = node.items.map((item) => compileValue(item, compiler));
      return (rt) => {
        spend(items.length);
        return new JList(
          items.map((item) => item(rt)),
          ARRAY_LIST,
        );
      };
    }
    case 'map':
      return mapValue(node.members.map((member) => compileValue(member, compiler)));
    case 'not': {
      const operand = conditionOf(node.operand, compiler);
      return (rt) => !operand(rt);
    }
    case 'binary':
      return binaryValue(node, compiler);
  }
}

/** Whether a node holds as a condition. */
export function conditionOf(node: ExpressionNode, compiler: Compiler): Condition {
  switch (node.type) {
    case 'reference': {
      const value = referenceValue(node, compiler);
      return (rt) => isTrue(value(rt));
    }
    case 'boolean': {
      const { value } = node;
      return () => value;
    }
    case 'not': {
      const operand = conditionOf(node.operand, compiler);
      return (rt) => !operand(rt);
    }
    case 'binary':
      return binaryCondition(node, compiler);
    default:
      // Velocity does not even evaluate other literals here.
      return () => false;
  }
}

// Everything that is not false, as long as it has a text.
function isTrue(value: Value): boolean {
  if (typeof value === 'boolean') return value;
  if (value instanceof BlockReference) return value.text() !== null;
  return value !== null;
}

function stringValue(node: ExpressionNode & { type: 'string' }, compiler: Compiler): Evaluate {
  const quote = node.image[0]!;
  let text = node.image.slice(1, -1);
  if (quote === '"') text = unescaped(text, compiler, node.offset);
  text = text.replaceAll(quote + quote, quote);
  if (quote === "'" || !(node.image.includes('$') || node.image.includes('#'))) return () => text;
  // A blank behind the text keeps its last token whole; it is taken off again afterwards.
  const hasComment = text.includes('##');
  const constant = compiler.constantOf(hasComment ? text : `${text} `, node.offset);
  const trim = (result: string): string => (hasComment || result === '' ? result : result.slice(0, -1));
  if (constant.text !== null) {
    const result = trim(constant.text);
    return () => result;
  }
  const { render } = constant;
  return (rt) => {
    const result = trim(rt.captured(render));
    spendText(result.length);
    return result;
  };
}

function unescaped(text: string, compiler: Compiler, offset: number): string {
  if (!text.includes('\\u')) return text;
  return text.replace(/\\u([\s\S]{0,4})/g, (_, digits: string) => {
    if (!/^[+-]?[0-9a-fA-F]+$/.test(digits) || digits.length < 4) {
      throw compiler.errorAt(offset, `Bad Unicode escape "\\u${digits}"`) satisfies TemplateParseError;
    }
    return String.fromCharCode(Number.parseInt(digits, 16) & 0xffff);
  });
}

function rangeValue(from: Evaluate, to: Evaluate): Evaluate {
  return (rt) => {
    const left = from(rt);
    const right = to(rt);
    if (left === null || right === null || !isNumber(left) || !isNumber(right)) return null;
    const first = intOf(left);
    const last = intOf(right);
    const step = first >= last ? -1 : 1;
    const count = Math.abs(first - last) + 1;
    if (count > RANGE_ITEMS_MAX) throw tooLong();
    spend(count);
    return new JList(
      Array.from({ length: count }, (_, i) => first + i * step),
      ARRAY_LIST,
    );
  };
}

function mapValue(members: readonly Evaluate[]): Evaluate {
  return (rt) => {
    const map = new JMap();
    spend(members.length);
    for (let i = 0; i < members.length; i += 2) map.put(members[i]!(rt), members[i + 1]!(rt));
    return map;
  };
}

type BinaryNode = ExpressionNode & { type: 'binary' };

function isArithmetic(operator: BinaryOperator): operator is Operator {
  return operator === '+' || operator === '-' || operator === '*' || operator === '/' || operator === '%';
}

function binaryValue(node: BinaryNode, compiler: Compiler): Evaluate {
  const { operator } = node;
  if (!isArithmetic(operator)) return binaryCondition(node, compiler);
  const left = compileValue(node.left, compiler);
  const right = compileValue(node.right, compiler);
  const arithmetic = (a: Value, b: Value): Value =>
    a !== null && b !== null && isNumber(a) && isNumber(b) ? calculate(operator, a, b) : null;
  if (operator !== '+') {
    return (rt) => {
      const a = left(rt);
      return arithmetic(a, right(rt));
    };
  }
  const leftText = node.left.literal;
  const rightText = node.right.literal;
  return (rt) => {
    const a = left(rt);
    const b = right(rt);
    if (typeof a !== 'string' && typeof b !== 'string') return arithmetic(a, b);
    const text = (a === null ? leftText : toDisplayText(a)) + (b === null ? rightText : toDisplayText(b));
    if (text.length > TEXT_CHARS_MAX) throw tooLong();
    spendText(text.length);
    return text;
  };
}

function binaryCondition(node: BinaryNode, compiler: Compiler): Condition {
  const { operator } = node;
  if (operator === '&&' || operator === '||') {
    const left = conditionOf(node.left, compiler);
    const right = conditionOf(node.right, compiler);
    return operator === '&&' ? (rt) => left(rt) && right(rt) : (rt) => left(rt) || right(rt);
  }
  // A sum is a value, never a condition.
  if (isArithmetic(operator)) return () => false;
  const left = compileValue(node.left, compiler);
  const right = compileValue(node.right, compiler);
  const decide = comparison(operator);
  return (rt) => {
    const a = left(rt);
    return decide(a, right(rt));
  };
}

function comparison(
  operator: Exclude<BinaryOperator, Operator | '&&' | '||'>,
): (a: Value, b: Value) => boolean {
  switch (operator) {
    case '==':
      return areEqual;
    case '!=':
      return (a, b) => !areEqual(a, b);
    case '<':
      return (a, b) => isNumber(a) && isNumber(b) && compareNumbers(a, b) < 0;
    case '>':
      return (a, b) => isNumber(a) && isNumber(b) && compareNumbers(a, b) > 0;
    case '<=':
      return (a, b) => isNumber(a) && isNumber(b) && compareNumbers(a, b) <= 0;
    case '>=':
      return (a, b) => isNumber(a) && isNumber(b) && compareNumbers(a, b) >= 0;
  }
}

// Numbers by value, values of one class by equals(), all others by their text.
function areEqual(a: Value, b: Value): boolean {
  if (typeof a === 'string' && typeof b === 'string') return a === b;
  if (a === null || b === null) return a === b;
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b) === 0;
  spend(1);
  return areRelated(a, b) ? javaEquals(a, b) : toDisplayText(a) === toDisplayText(b);
}
