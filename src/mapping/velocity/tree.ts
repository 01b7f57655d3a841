// The tree of a parsed template. Plain data: what it does is decided in compile.ts.

export interface ReferenceNode {
  readonly type: 'reference';
  /** Name of the variable. */
  readonly root: string;
  readonly steps: readonly StepNode[];
  /** Backslashes and dollars that print before the value. */
  readonly prefix: string;
  /** A word that only its place makes a reference; it prints itself. */
  readonly isRunt: boolean;
  /** `\$x`: prints itself. */
  readonly escaped: boolean;
  /** What prints in place of a value that has no text. */
  readonly whenNull: string;
  /** `$\!x` is never a value inside an expression. */
  readonly computable: boolean;
  /** The name that `#set` would write: not the root for `${x}` and `$!x`. */
  readonly setName: string;
  readonly literal: string;
}

export type StepNode =
  | { readonly type: 'property'; readonly name: string }
  | { readonly type: 'method'; readonly name: string; readonly args: readonly ExpressionNode[] }
  | { readonly type: 'index'; readonly arg: ExpressionNode };

export type BinaryOperator =
  | '||'
  | '&&'
  | '=='
  | '!='
  | '<'
  | '>'
  | '<='
  | '>='
  | '+'
  | '-'
  | '*'
  | '/'
  | '%';

export type ExpressionNode =
  | ReferenceNode
  | { readonly type: 'string'; readonly image: string; readonly offset: number; readonly literal: string }
  | { readonly type: 'integer'; readonly image: string; readonly literal: string }
  | { readonly type: 'float'; readonly image: string; readonly literal: string }
  | { readonly type: 'boolean'; readonly value: boolean; readonly literal: string }
  | { readonly type: 'word'; readonly word: string; readonly literal: string }
  | {
      readonly type: 'range';
      readonly from: ExpressionNode;
      readonly to: ExpressionNode;
      readonly literal: string;
    }
  | { readonly type: 'list'; readonly items: readonly ExpressionNode[]; readonly literal: string }
  | { readonly type: 'map'; readonly members: readonly ExpressionNode[]; readonly literal: string }
  | { readonly type: 'not'; readonly operand: ExpressionNode; readonly literal: string }
  | {
      readonly type: 'binary';
      readonly operator: BinaryOperator;
      readonly left: ExpressionNode;
      readonly right: ExpressionNode;
      readonly literal: string;
    };

export interface BlockNode {
  readonly nodes: readonly StatementNode[];
  readonly literal: string;
}

export interface Branch {
  /** null for #else */
  readonly condition: ExpressionNode | null;
  readonly block: BlockNode;
}

export type StatementNode =
  | { readonly type: 'text'; readonly text: string }
  | ReferenceNode
  | { readonly type: 'if'; readonly branches: readonly Branch[] }
  | { readonly type: 'set'; readonly target: ReferenceNode; readonly value: ExpressionNode }
  | DirectiveNode;

export interface DirectiveNode {
  readonly type: 'directive';
  readonly name: string;
  readonly args: readonly ExpressionNode[];
  /** null for a directive of one line. */
  readonly block: BlockNode | null;
  /** Offset of the directive, for messages. */
  readonly offset: number;
  /** The text of the call, printed when there is no such directive or macro. */
  readonly literal: string;
}
