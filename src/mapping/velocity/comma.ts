// A text and `#if($foreach.hasNext),#end` behind it: what ends the body of nearly every loop, written at once.

import type { Compiler } from './compile.ts';
import { type Condition, conditionOf } from './expressions.ts';
import { ForeachScope } from './foreach-scope.ts';
import { FOREACH, type Render, type Runtime } from './runtime.ts';
import type { BlockNode, ExpressionNode, StatementNode } from './tree.ts';

/** Renders a text and the `#if` behind it; null when that is any other `#if`. */
export function commaRender(
  text: string,
  node: StatementNode & { type: 'if' },
  compiler: Compiler,
): Render | null {
  const [first, second, ...more] = node.branches;
  if (first === undefined || more.length > 0 || !isHasNext(first.condition)) return null;
  if (second !== undefined && second.condition !== null) return null;
  const then = textOf(first.block);
  const otherwise = second === undefined ? '' : textOf(second.block);
  if (then === null || otherwise === null) return null;
  const comma = new Comma(text, then, otherwise, conditionOf(first.condition, compiler));
  return (rt) => comma.render(rt);
}

// A class for the reason that MemberText is one.
class Comma {
  private readonly text: string;
  private readonly comma: string;
  private readonly end: string;
  private readonly textAndComma: string;
  private readonly textAndEnd: string;
  private readonly hasNext: Condition;
  constructor(text: string, comma: string, end: string, hasNext: Condition) {
    this.text = text;
    this.comma = comma;
    this.end = end;
    this.textAndComma = text + comma;
    this.textAndEnd = text + end;
    this.hasNext = hasNext;
  }

  render(rt: Runtime): void {
    // Within a macro $foreach may be an argument, which may be anything.
    const scope = rt.frame === null ? rt.get(FOREACH) : null;
    if (scope instanceof ForeachScope) rt.write(scope.hasNext ? this.textAndComma : this.textAndEnd);
    else {
      rt.write(this.text);
      rt.write(this.hasNext(rt) ? this.comma : this.end);
    }
  }
}

function textOf({ nodes }: BlockNode): string | null {
  const only = nodes[0];
  if (only === undefined) return '';
  return nodes.length === 1 && only.type === 'text' ? only.text : null;
}

function isHasNext(node: ExpressionNode | null): node is ExpressionNode {
  if (node?.type !== 'reference' || node.root !== 'foreach' || node.steps.length !== 1) return false;
  const step = node.steps[0]!;
  return step.type === 'property' && step.name === 'hasNext';
}
