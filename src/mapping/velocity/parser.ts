// Velocity 1.7's grammar over its tokens. It looks ahead exactly as far as Velocity's own parser does, because the
// lexer changes state with every token it is asked for.

import type { TemplateParseError } from '../errors.ts';
import { Lexer, type Token, type TokenKind } from './lexer.ts';
import type {
  BinaryOperator,
  BlockNode,
  Branch,
  DirectiveNode,
  ExpressionNode,
  ReferenceNode,
  StatementNode,
  StepNode,
} from './tree.ts';

const NESTING_MAX = 200;
/** Operators in a row: each is one call deeper when the expression is compiled, and again when it is computed. */
const CHAIN_MAX = 1_000;

const BLOCK_DIRECTIVES = new Set(['foreach', 'macro', 'literal', 'define']);
const LINE_DIRECTIVES = new Set(['include', 'parse', 'evaluate', 'break', 'stop']);
const BUILT_IN = new Set(['if', 'end', 'set', 'else', 'elseif']);

const STATEMENT_KINDS = new Set<TokenKind>([
  'LPAREN',
  'RPAREN',
  'ESCAPE_DIRECTIVE',
  'SET_DIRECTIVE',
  'LINE_COMMENT_START',
  'DOUBLE_ESCAPE',
  'ESCAPE',
  'TEXT',
  'FORMAL_COMMENT',
  'BLOCK_COMMENT',
  'TEXTBLOCK',
  'STRING_LITERAL',
  'IF',
  'INTEGER',
  'FLOAT',
  'WORD',
  'BRACKETED_WORD',
  'IDENTIFIER',
  'DOT',
  'LCURLY',
  'RCURLY',
  'EMPTY_INDEX',
]);
const TEXT_KINDS = new Set<TokenKind>([
  'LPAREN',
  'RPAREN',
  'ESCAPE',
  'TEXT',
  'STRING_LITERAL',
  'INTEGER',
  'FLOAT',
  'DOT',
  'LCURLY',
  'RCURLY',
  'EMPTY_INDEX',
]);
const ARGUMENT_KINDS = new Set<TokenKind>([
  'IDENTIFIER',
  'LCURLY',
  'WORD',
  'STRING_LITERAL',
  'INTEGER',
  'FLOAT',
  'LBRACKET',
  'LEFT_CURLEY',
  'TRUE',
  'FALSE',
]);

const PARAMETER_KINDS = new Set<TokenKind>([
  'WHITESPACE',
  'REFMOD2_RPAREN',
  'IDENTIFIER',
  'LCURLY',
  'STRING_LITERAL',
  'INTEGER',
  'FLOAT',
  'LBRACKET',
  'LEFT_CURLEY',
  'TRUE',
  'FALSE',
]);

/** Operators by binding strength, loosest first. */
const OPERATORS: readonly ReadonlyMap<TokenKind, BinaryOperator>[] = [
  new Map([['OR', '||']]),
  new Map([['AND', '&&']]),
  new Map([
    ['EQ', '=='],
    ['NE', '!='],
  ]),
  new Map([
    ['LT', '<'],
    ['GT', '>'],
    ['LE', '<='],
    ['GE', '>='],
  ]),
  new Map([
    ['PLUS', '+'],
    ['MINUS', '-'],
  ]),
  new Map([
    ['MULTIPLY', '*'],
    ['DIVIDE', '/'],
    ['MODULUS', '%'],
  ]),
];

/**
 * Parses a template.
 *
 * @param macros - names of macros known so far; those the template defines are added
 * @throws TemplateParseError
 */
export function parseTemplate(source: string, macros: Set<string> = new Set()): BlockNode {
  return new Parser(source, macros).template();
}

class Parser {
  private readonly lexer: Lexer;
  private readonly macros: Set<string>;
  private readonly tokens: Token[] = [];
  private at = 0;
  private depth = 0;

  constructor(source: string, macros: Set<string>) {
    this.lexer = new Lexer(source);
    this.macros = macros;
  }

  template(): BlockNode {
    const block = this.block();
    this.expect('EOF');
    return block;
  }

  // --- tokens -------------------------------------------------------------------------------------------------

  private peek(ahead = 0): Token {
    const wanted = this.at + ahead;
    while (this.tokens.length <= wanted) {
      const last = this.tokens[this.tokens.length - 1];
      this.tokens.push(last?.kind === 'EOF' ? last : this.lexer.next());
    }
    return this.tokens[wanted]!;
  }

  private is(kind: TokenKind, ahead = 0): boolean {
    return this.peek(ahead).kind === kind;
  }

  private take(): Token {
    const token = this.peek();
    this.at++;
    return token;
  }

  private expect(kind: TokenKind): Token {
    if (!this.is(kind)) throw this.unexpected(this.peek(), kind);
    return this.take();
  }

  private skip(kind: TokenKind): void {
    if (this.is(kind)) this.at++;
  }

  private unexpected(token: Token, wanted?: string): TemplateParseError {
    const found = token.kind === 'EOF' ? 'the end of the template' : JSON.stringify(token.image);
    const hint = wanted === undefined ? '' : `, expected ${wanted}`;
    return this.lexer.errorAt(token.start, `Encountered ${found}${hint}`);
  }

  /** The text of the tokens from one up to where the parser stands: joined, since a sum keeps 32 bytes of each. */
  private literalFrom(from: number): string {
    return this.tokens.slice(from, this.at).map(literalOf).join('');
  }

  private nested<T>(parse: () => T): T {
    if (++this.depth > NESTING_MAX)
      throw this.lexer.errorAt(this.peek().start, 'The template is nested too deeply');
    const result = parse();
    this.depth--;
    return result;
  }

  // --- statements ---------------------------------------------------------------------------------------------

  /** @param hasLiteral - somebody asks for its text, which is told only then: blocks stand in each other */
  private block(hasLiteral = false): BlockNode {
    return this.nested(() => {
      const from = this.at;
      const nodes: StatementNode[] = [];
      while (STATEMENT_KINDS.has(this.peek().kind)) {
        const node = this.statement();
        const last = nodes[nodes.length - 1];
        if (node.type === 'text' && last?.type === 'text')
          nodes[nodes.length - 1] = text(last.text + node.text);
        else nodes.push(node);
      }
      return { nodes, literal: hasLiteral ? this.literalFrom(from) : '' };
    });
  }

  private statement(): StatementNode {
    const token = this.peek();
    if (token.kind === 'IF') return this.ifStatement();
    if (token.kind === 'IDENTIFIER' || (token.kind === 'LCURLY' && this.is('IDENTIFIER', 1)))
      return this.reference();
    switch (token.kind) {
      case 'LINE_COMMENT_START':
      case 'BLOCK_COMMENT':
      case 'FORMAL_COMMENT':
        return this.comment();
      case 'TEXTBLOCK':
        return text(this.take().image.slice(3, -3));
      case 'SET_DIRECTIVE':
        return this.setDirective();
      case 'ESCAPE_DIRECTIVE':
        return text(this.escapedDirective(this.take().image));
      case 'DOUBLE_ESCAPE':
        return this.escape();
      case 'WORD':
      case 'BRACKETED_WORD':
        return this.directive();
    }
    if (!TEXT_KINDS.has(token.kind)) throw this.unexpected(token);
    this.at++;
    return text(token.stray + token.image);
  }

  // What led into a comment ("$" of "$##") prints; a block comment's beginning was skipped with its text.
  private comment(): StatementNode {
    const { kind, image } = this.take();
    if (kind === 'LINE_COMMENT_START') this.skip('LINE_COMMENT');
    const line = image.indexOf('##');
    const at = line >= 0 ? line : image.indexOf('#*');
    return text(at < 0 ? '' : image.slice(0, at));
  }

  private escape(): StatementNode {
    let count = 0;
    do {
      this.at++;
      count++;
    } while (this.is('DOUBLE_ESCAPE'));
    const next = this.peek();
    const controls =
      next.kind === 'IF' || next.kind === 'ELSE' || next.kind === 'ELSEIF' || next.kind === 'END';
    const isControl = controls || this.isKnownDirective(next.image.slice(1));
    return text((isControl ? '\\' : '\\\\').repeat(count));
  }

  private isKnownDirective(name: string): boolean {
    return BLOCK_DIRECTIVES.has(name) || LINE_DIRECTIVES.has(name) || this.macros.has(name);
  }

  private escapedDirective(image: string): string {
    const last = image.lastIndexOf('\\');
    const directive = image.slice(last + 1);
    let name = directive.slice(1);
    if (name.startsWith('{')) name = name.slice(1, -1);
    const isKnown = BUILT_IN.has(name) || this.isKnownDirective(name);
    return isKnown ? image.slice(0, Math.trunc(last / 2)) + directive : image;
  }

  private ifStatement(): StatementNode {
    const branches: Branch[] = [];
    this.expect('IF');
    branches.push(this.branch());
    while (this.is('ELSEIF')) {
      this.at++;
      branches.push(this.branch());
    }
    if (this.is('ELSE')) {
      this.at++;
      branches.push({ condition: null, block: this.block() });
    }
    this.expect('END');
    return { type: 'if', branches };
  }

  private branch(): Branch {
    this.skip('WHITESPACE');
    this.expect('LPAREN');
    const condition = this.expression();
    this.expect('RPAREN');
    return { condition, block: this.block() };
  }

  private setDirective(): StatementNode {
    this.expect('SET_DIRECTIVE');
    this.skip('WHITESPACE');
    const target = this.reference();
    this.skip('WHITESPACE');
    this.expect('EQUALS');
    const value = this.expression();
    this.expect('RPAREN');
    this.lexer.inSet = false;
    return { type: 'set', target, value };
  }

  private directive(): StatementNode {
    const from = this.at;
    const token = this.take();
    const name = token.kind === 'BRACKETED_WORD' ? token.image.slice(2, -1) : token.image.slice(1);
    const isBlock = BLOCK_DIRECTIVES.has(name) || name.startsWith('@');
    this.lexer.enterDirective();
    const made = (args: readonly ExpressionNode[], block: BlockNode | null): DirectiveNode => ({
      type: 'directive',
      name,
      args,
      block,
      offset: token.start,
      // Those that Velocity itself knows are never printed for want of a macro.
      literal: BLOCK_DIRECTIVES.has(name) ? '' : this.literalOfDirective(from),
    });
    if (!this.lexer.parenFollows()) {
      if (name === 'macro')
        throw this.lexer.errorAt(token.start, 'A macro declaration requires at least a name argument');
      this.lexer.pop();
      return made([], null);
    }
    this.skip('WHITESPACE');
    this.expect('LPAREN');
    const args = this.directiveArguments(token, name);
    this.skip('WHITESPACE');
    this.expect('RPAREN');
    if (!isBlock) return made(args, null);
    const block = this.block(name === 'literal');
    this.expect('END');
    if (name === 'macro') this.defineMacro(args, token);
    return made(args, block);
  }

  private literalOfDirective(from: number): string {
    const images = this.tokens.slice(from, this.at).map(({ image }) => image);
    return images.join('');
  }

  private defineMacro(args: readonly ExpressionNode[], token: Token): void {
    const first = args[0];
    if (first?.type !== 'word') throw this.lexer.errorAt(token.start, 'A macro declaration requires a name');
    this.macros.add(first.word);
  }

  private directiveArguments(directive: Token, name: string): ExpressionNode[] {
    const isKnown = BLOCK_DIRECTIVES.has(name) || LINE_DIRECTIVES.has(name);
    const args: ExpressionNode[] = [];
    while (this.argumentFollows()) {
      this.skip('WHITESPACE');
      if (this.is('COMMA')) {
        this.at++;
        this.skip('WHITESPACE');
      }
      const arg = this.directiveArgument();
      const position = args.length;
      if (arg.type === 'word') {
        const allowed = (name === 'macro' && position === 0) || (name === 'foreach' && position === 1);
        if (isKnown && !allowed) {
          throw this.lexer.errorAt(
            directive.start,
            `Invalid arg #${position} in directive ${directive.image}`,
          );
        }
      } else if (name === 'macro' && position === 0) {
        throw this.lexer.errorAt(
          directive.start,
          'Invalid first arg in #macro() directive - must be a word token',
        );
      }
      args.push(arg);
    }
    return args;
  }

  private argumentFollows(): boolean {
    if (this.is('WHITESPACE')) return this.is('COMMA', 1) || ARGUMENT_KINDS.has(this.peek(1).kind);
    return this.is('COMMA') || ARGUMENT_KINDS.has(this.peek().kind);
  }

  private directiveArgument(): ExpressionNode {
    if (this.is('WORD')) {
      const word = this.take().image;
      return { type: 'word', word, literal: word };
    }
    return this.simpleValue();
  }

  // --- references ---------------------------------------------------------------------------------------------

  private reference(): ReferenceNode {
    const from = this.at;
    const first = this.peek();
    const isFormal = first.kind === 'LCURLY';
    if (isFormal) this.at++;
    const name = this.expect('IDENTIFIER');
    const steps: StepNode[] = [];
    this.indexes(steps);
    while (this.is('DOT') && this.is('IDENTIFIER', 1)) {
      this.at++;
      steps.push(this.callFollows() ? this.method() : this.property());
      this.indexes(steps);
    }
    if (isFormal) this.expect('RCURLY');
    return readReference(first, name, steps, () => this.literalFrom(from));
  }

  private callFollows(): boolean {
    return this.is('LPAREN', 1) && PARAMETER_KINDS.has(this.peek(2).kind);
  }

  private indexes(steps: StepNode[]): void {
    while (this.is('INDEX_LBRACKET')) {
      this.at++;
      this.skip('WHITESPACE');
      const token = this.peek();
      const isValue =
        token.kind === 'STRING_LITERAL' ||
        token.kind === 'INTEGER' ||
        token.kind === 'TRUE' ||
        token.kind === 'FALSE';
      if (!isValue && token.kind !== 'IDENTIFIER' && token.kind !== 'LCURLY') throw this.unexpected(token);
      const arg = this.simpleValue();
      this.skip('WHITESPACE');
      this.expect('INDEX_RBRACKET');
      steps.push({ type: 'index', arg });
    }
  }

  private property(): StepNode {
    return { type: 'property', name: this.take().image };
  }

  private method(): StepNode {
    const name = this.take().image;
    this.expect('LPAREN');
    const args: ExpressionNode[] = [];
    if (!this.is('REFMOD2_RPAREN')) {
      args.push(this.parameter());
      while (this.is('COMMA')) {
        this.at++;
        args.push(this.parameter());
      }
    }
    this.expect('REFMOD2_RPAREN');
    return { type: 'method', name, args };
  }

  private parameter(): ExpressionNode {
    this.skip('WHITESPACE');
    const value = this.simpleValue();
    this.skip('WHITESPACE');
    return value;
  }

  // --- values and expressions ---------------------------------------------------------------------------------

  private simpleValue(): ExpressionNode {
    return this.nested(() => {
      const token = this.peek();
      switch (token.kind) {
        case 'STRING_LITERAL':
          this.at++;
          return { type: 'string', image: token.image, offset: token.start, literal: literalOf(token) };
        case 'INTEGER':
          this.at++;
          return { type: 'integer', image: token.image, literal: literalOf(token) };
        case 'FLOAT':
          this.at++;
          return { type: 'float', image: token.image, literal: literalOf(token) };
        case 'TRUE':
        case 'FALSE':
          this.at++;
          return { type: 'boolean', value: token.kind === 'TRUE', literal: literalOf(token) };
        case 'IDENTIFIER':
        case 'LCURLY':
          return this.reference();
        case 'LEFT_CURLEY':
          return this.map();
        case 'LBRACKET':
          return this.listOrRange();
      }
      throw this.unexpected(token, 'a value');
    });
  }

  private listOrRange(): ExpressionNode {
    const from = this.at;
    this.expect('LBRACKET');
    if (this.is('RBRACKET')) {
      this.at++;
      return { type: 'list', items: [], literal: this.literalFrom(from) };
    }
    const items = [this.parameter()];
    const first = items[0]!;
    if (this.is('DOUBLEDOT') && isRangeEnd(first)) {
      this.at++;
      const to = this.parameter();
      if (!isRangeEnd(to)) throw this.unexpected(this.peek());
      this.expect('RBRACKET');
      return { type: 'range', from: first, to, literal: this.literalFrom(from) };
    }
    while (this.is('COMMA')) {
      this.at++;
      items.push(this.parameter());
    }
    this.expect('RBRACKET');
    return { type: 'list', items, literal: this.literalFrom(from) };
  }

  private map(): ExpressionNode {
    const from = this.at;
    this.expect('LEFT_CURLEY');
    const members: ExpressionNode[] = [];
    const closesAt = this.is('WHITESPACE') ? 1 : 0;
    if (!this.is('RIGHT_CURLEY', closesAt) && !this.is('RCURLY', closesAt)) {
      this.member(members);
      while (this.is('COMMA')) {
        this.at++;
        this.member(members);
      }
    }
    this.skip('WHITESPACE');
    if (!this.is('RIGHT_CURLEY') && !this.is('RCURLY')) throw this.unexpected(this.peek(), '}');
    this.at++;
    return { type: 'map', members, literal: this.literalFrom(from) };
  }

  private member(members: ExpressionNode[]): void {
    members.push(this.parameter());
    this.expect('COLON');
    members.push(this.parameter());
  }

  private expression(): ExpressionNode {
    return this.nested(() => this.binary(0));
  }

  private binary(level: number): ExpressionNode {
    const operators = OPERATORS[level];
    if (operators === undefined) return this.unary();
    let from = this.at;
    let left = this.binary(level + 1);
    let literal = '';
    for (let links = 0; ; links++) {
      const token = this.peek();
      const operator = operators.get(token.kind);
      if (operator === undefined) return left;
      if (links === CHAIN_MAX) throw this.lexer.errorAt(token.start, 'The expression is too long');
      this.at++;
      const right = this.binary(level + 1);
      literal += this.literalFrom(from);
      from = this.at;
      left = { type: 'binary', operator, left, right, literal };
    }
  }

  private unary(): ExpressionNode {
    const from = this.at;
    if (this.is('NOT') || (this.is('WHITESPACE') && this.is('NOT', 1))) {
      this.skip('WHITESPACE');
      this.at++;
      const operand = this.nested(() => this.unary());
      return { type: 'not', operand, literal: this.literalFrom(from) };
    }
    this.skip('WHITESPACE');
    let value: ExpressionNode;
    if (this.is('LPAREN')) {
      this.at++;
      value = this.expression();
      this.expect('RPAREN');
    } else {
      value = this.simpleValue();
    }
    this.skip('WHITESPACE');
    return value;
  }
}

function isRangeEnd(node: ExpressionNode): boolean {
  return node.type === 'reference' || node.type === 'integer';
}

function text(value: string): StatementNode & { type: 'text' } {
  return { type: 'text', text: value };
}

function literalOf(token: Token): string {
  return token.kind === 'BLOCK_COMMENT' ? '' : token.stray + token.image;
}

// The first token of a reference says how it prints: escapes, dollars before it, quiet or not.
function readReference(
  first: Token,
  name: Token,
  steps: readonly StepNode[],
  literal: () => string,
): ReferenceNode {
  const slashBang = first.image.indexOf('\\!');
  if (slashBang >= 0) return misspelt(first, steps, literal);
  const slashes = /^\\*/.exec(first.image)![0].length;
  let image = first.image.slice(slashes);
  const prefix = '\\'.repeat(Math.trunc(slashes / 2));
  const escaped = slashes % 2 !== 0;
  const dollar = image.lastIndexOf('$');
  const more = dollar > 0 ? image.slice(0, dollar) : '';
  if (dollar > 0) image = image.slice(dollar);
  first.image = image;
  const whole = literal();
  if (!image.startsWith('$')) return runt(image, whole);
  const isQuiet = image.startsWith('$!');
  const root = image.startsWith('$!{') || image === '${' ? name.image : image.slice(isQuiet ? 2 : 1);
  return {
    type: 'reference',
    root,
    steps,
    // The escaped form prints no dollars that stood before it.
    prefix: escaped ? prefix : prefix + more,
    escaped,
    isRunt: false,
    whenNull: isQuiet && !escaped ? '' : whole,
    computable: true,
    setName: image.slice(1),
    literal: whole,
  };
}

// A word right behind a call, "$x.put(1)done", is lexed as a reference without a "$". It prints itself, and what
// looks like properties of it is lost.
function runt(image: string, literal: string): ReferenceNode {
  const isRunt = { root: image, steps: [], prefix: image, escaped: false, whenNull: '', computable: false };
  return { type: 'reference', ...isRunt, isRunt: true, setName: image.slice(1), literal };
}

// `$\!x`: Velocity takes it for text of its own, and looks up a variable of that whole name.
function misspelt(first: Token, steps: readonly StepNode[], literal: () => string): ReferenceNode {
  const image = first.image;
  let start = image.indexOf('$');
  while (start < image.length && image[start] !== '\\') start++;
  let count = 0;
  while (image[start + count] === '\\') count++;
  const root = image.slice(0, start) + image.slice(start, start + count - 1) + image.slice(start + count);
  return {
    type: 'reference',
    root,
    steps,
    prefix: '',
    escaped: false,
    isRunt: false,
    whenNull: root,
    computable: false,
    setName: image.slice(1),
    literal: literal(),
  };
}
