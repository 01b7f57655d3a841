// The tokens of Velocity 1.7. Its lexer is a machine of states kept on a stack, and much of what templates may rely
// on (which blanks vanish, where a reference ends, how "\$" escapes) is the outcome of that machine. So it is
// followed state by state: in each state the longest match wins, and the earlier rule among equals.

import { TemplateParseError } from '../errors.ts';

export type TokenKind =
  | 'INDEX_LBRACKET'
  | 'INDEX_RBRACKET'
  | 'LBRACKET'
  | 'RBRACKET'
  | 'COMMA'
  | 'DOUBLEDOT'
  | 'COLON'
  | 'LEFT_CURLEY'
  | 'RIGHT_CURLEY'
  | 'LPAREN'
  | 'RPAREN'
  | 'REFMOD2_RPAREN'
  | 'ESCAPE_DIRECTIVE'
  | 'SET_DIRECTIVE'
  | 'LINE_COMMENT_START'
  | 'DOUBLE_ESCAPE'
  | 'ESCAPE'
  | 'TEXT'
  | 'LINE_COMMENT'
  | 'FORMAL_COMMENT'
  | 'BLOCK_COMMENT'
  | 'TEXTBLOCK'
  | 'WHITESPACE'
  | 'STRING_LITERAL'
  | 'TRUE'
  | 'FALSE'
  | 'MINUS'
  | 'PLUS'
  | 'MULTIPLY'
  | 'DIVIDE'
  | 'MODULUS'
  | 'AND'
  | 'OR'
  | 'LT'
  | 'LE'
  | 'GT'
  | 'GE'
  | 'EQ'
  | 'NE'
  | 'NOT'
  | 'EQUALS'
  | 'END'
  | 'IF'
  | 'ELSEIF'
  | 'ELSE'
  | 'INTEGER'
  | 'FLOAT'
  | 'WORD'
  | 'BRACKETED_WORD'
  | 'IDENTIFIER'
  | 'DOT'
  | 'LCURLY'
  | 'RCURLY'
  | 'EMPTY_INDEX'
  | 'EOF';

export interface Token {
  readonly kind: TokenKind;
  /** The text of the token with everything that led into it ("$name", "#if"). */
  image: string;
  /** Offset of the token in the template. */
  readonly start: number;
  /** What `$` and `#` signs turned out to be plain text just before it. */
  readonly stray: string;
}

type State =
  | 'REFERENCE'
  | 'REFMODIFIER'
  | 'REFINDEX'
  | 'DIRECTIVE'
  | 'REFMOD2'
  | 'DEFAULT'
  | 'IN_TEXTBLOCK'
  | 'IN_BLOCK_COMMENT'
  | 'IN_FORMAL_COMMENT'
  | 'IN_LINE_COMMENT'
  | 'PRE_DIRECTIVE';

type Opening = 'DOLLAR' | 'DOLLARBANG' | 'OPEN_TEXTBLOCK' | 'OPEN_FORMAL' | 'OPEN_COMMENT' | 'HASH' | 'ANY';
type Terminator = 'REFERENCE_TERMINATOR' | 'DIRECTIVE_TERMINATOR' | 'SKIPPED';
type Kind = TokenKind | Opening | Terminator;

interface Rule {
  readonly kind: Kind;
  readonly pattern: RegExp;
  readonly states: readonly State[] | null;
}

const rule = (kind: Kind, pattern: RegExp, states: readonly State[] | null): Rule => ({
  kind,
  pattern: new RegExp(pattern.source, 'y'),
  states,
});

const LINE_END = '(?:[ \\t]*(?:\\r\\n|\\n|\\r))?';
const withLineEnd = (source: string): RegExp => new RegExp(source + LINE_END);
const WORD = '[a-zA-Z_@][a-zA-Z0-9_@]*';
const BRACKETED = '\\{[a-zA-Z_][a-zA-Z0-9_@]*\\}';

// In the order of Velocity's grammar, which decides between matches of equal length.
const RULES: readonly Rule[] = [
  rule('INDEX_LBRACKET', /\[/, ['REFERENCE', 'REFMODIFIER']),
  rule('INDEX_RBRACKET', /\]/, ['REFINDEX']),
  rule('LBRACKET', /\[/, ['DIRECTIVE', 'REFMOD2']),
  rule('RBRACKET', /\]/, ['DIRECTIVE', 'REFMOD2']),
  rule('COMMA', /,/, ['DIRECTIVE', 'REFMOD2']),
  rule('DOUBLEDOT', /\.\./, ['DIRECTIVE', 'REFMOD2']),
  rule('COLON', /:/, ['DIRECTIVE', 'REFMOD2']),
  rule('LEFT_CURLEY', /\{/, ['DIRECTIVE', 'REFMOD2']),
  rule('RIGHT_CURLEY', /\}/, ['DIRECTIVE', 'REFMOD2']),
  rule('LPAREN', /\(/, ['DIRECTIVE', 'REFMODIFIER']),
  rule('RPAREN', withLineEnd('\\)'), ['DIRECTIVE']),
  rule('REFMOD2_RPAREN', /\)/, ['REFMOD2']),
  rule('ESCAPE_DIRECTIVE', new RegExp(`(?:\\\\\\\\)*\\\\#(?:${WORD}|${BRACKETED})`), ['DEFAULT']),
  rule('SET_DIRECTIVE', /[ \t]*(?:#set|#\{set\}) *\(/, ['DEFAULT', 'REFERENCE', 'REFMODIFIER', 'REFMOD2']),
  rule('DOLLAR', /\\*\$/, null),
  rule('DOLLARBANG', /\\*\$\\*!/, null),
  rule('OPEN_TEXTBLOCK', /#\[\[/, null),
  rule('OPEN_FORMAL', /#\*\*[^#]/, null),
  rule('OPEN_COMMENT', /#\*/, null),
  rule('HASH', /#/, null),
  rule('LINE_COMMENT_START', /##/, ['DEFAULT', 'PRE_DIRECTIVE', 'DIRECTIVE', 'REFERENCE']),
  rule('DOUBLE_ESCAPE', /\\\\/, ['DEFAULT']),
  rule('ESCAPE', /\\/, ['DEFAULT']),
  rule('TEXT', /[^$#\\]+/, ['DEFAULT']),
  rule('LINE_COMMENT', /\r\n|\n|\r/, ['IN_LINE_COMMENT']),
  rule('FORMAL_COMMENT', /\*#/, ['IN_FORMAL_COMMENT']),
  rule('BLOCK_COMMENT', /\*#/, ['IN_BLOCK_COMMENT']),
  rule('TEXTBLOCK', /\]\]#/, ['IN_TEXTBLOCK']),
  rule('SKIPPED', /[\s\S]/, ['IN_LINE_COMMENT', 'IN_FORMAL_COMMENT', 'IN_BLOCK_COMMENT']),
  rule('ANY', /[\s\S]/, ['IN_TEXTBLOCK']),
  rule('WHITESPACE', /[ \t\n\r]+/, ['DIRECTIVE', 'REFMOD2', 'REFINDEX']),
  rule('STRING_LITERAL', /["']/, ['DIRECTIVE', 'REFMOD2', 'REFINDEX']),
  rule('TRUE', /true/, ['REFERENCE', 'DIRECTIVE', 'REFMODIFIER', 'REFMOD2', 'REFINDEX']),
  rule('FALSE', /false/, ['REFERENCE', 'DIRECTIVE', 'REFMODIFIER', 'REFMOD2', 'REFINDEX']),
  rule('MINUS', /-/, ['DIRECTIVE']),
  rule('PLUS', /\+/, ['DIRECTIVE']),
  rule('MULTIPLY', /\*/, ['DIRECTIVE']),
  rule('DIVIDE', /\//, ['DIRECTIVE']),
  rule('MODULUS', /%/, ['DIRECTIVE']),
  rule('AND', /&&|and/, ['DIRECTIVE']),
  rule('OR', /\|\||or/, ['DIRECTIVE']),
  rule('LT', /<|lt/, ['DIRECTIVE']),
  rule('LE', /<=|le/, ['DIRECTIVE']),
  rule('GT', />|gt/, ['DIRECTIVE']),
  rule('GE', />=|ge/, ['DIRECTIVE']),
  rule('EQ', /==|eq/, ['DIRECTIVE']),
  rule('NE', /!=|ne/, ['DIRECTIVE']),
  rule('NOT', /!|not/, ['DIRECTIVE']),
  rule('EQUALS', /=/, ['DIRECTIVE']),
  rule('END', withLineEnd('(?:end|\\{end\\})'), ['PRE_DIRECTIVE']),
  rule('IF', /if|\{if\}/, ['PRE_DIRECTIVE']),
  rule('ELSEIF', /elseif|\{elseif\}/, ['PRE_DIRECTIVE']),
  rule('ELSE', withLineEnd('(?:else|\\{else\\})'), ['PRE_DIRECTIVE']),
  rule('INTEGER', /-?[0-9]+(?:\.\.)?/, ['PRE_DIRECTIVE', 'DIRECTIVE', 'REFMOD2', 'REFINDEX']),
  rule(
    'FLOAT',
    /-?[0-9]+\.[0-9]*(?:[eE][+-]?[0-9]+)?|-?\.[0-9]+(?:[eE][+-]?[0-9]+)?|-?[0-9]+[eE][+-]?[0-9]+/,
    ['PRE_DIRECTIVE', 'DIRECTIVE', 'REFMOD2', 'REFINDEX'],
  ),
  rule('WORD', new RegExp(WORD), ['PRE_DIRECTIVE', 'DIRECTIVE']),
  rule('BRACKETED_WORD', new RegExp(BRACKETED), ['PRE_DIRECTIVE', 'DIRECTIVE']),
  rule('IDENTIFIER', /[a-zA-Z_][a-zA-Z0-9_-]*/, ['REFERENCE', 'REFMODIFIER', 'REFMOD2']),
  rule('DOT', /\.[a-zA-Z]/, ['REFERENCE', 'REFMODIFIER', 'REFMOD2']),
  rule('LCURLY', /\{/, ['REFERENCE', 'REFMODIFIER']),
  rule('RCURLY', /\}/, ['REFERENCE', 'REFMODIFIER']),
  rule('REFERENCE_TERMINATOR', /[\s\S]/, ['REFERENCE', 'REFMODIFIER']),
  rule('DIRECTIVE_TERMINATOR', /[\s\S]/, ['PRE_DIRECTIVE']),
  rule('EMPTY_INDEX', /\$\[|\$!\[|\$\\!\[|\$\./, ['DEFAULT', 'REFERENCE']),
];

const STATES: readonly State[] = [
  'REFERENCE',
  'REFMODIFIER',
  'REFINDEX',
  'DIRECTIVE',
  'REFMOD2',
  'DEFAULT',
  'IN_TEXTBLOCK',
  'IN_BLOCK_COMMENT',
  'IN_FORMAL_COMMENT',
  'IN_LINE_COMMENT',
  'PRE_DIRECTIVE',
];

const RULES_OF_STATE = new Map<State, readonly Rule[]>(
  STATES.map((state) => [state, RULES.filter((r) => r.states === null || r.states.includes(state))]),
);

interface Frame {
  readonly state: State;
  readonly openParens: number;
  readonly closedParens: number;
}

export class Lexer {
  readonly source: string;
  private pos = 0;
  private state: State = 'DEFAULT';
  private stack: Frame[] = [];
  private openParens = 0;
  private closedParens = 0;
  private inComment = false;
  private backslashRunEnd = 0;
  /** Cleared by the parser at the end of a #set. */
  inSet = false;

  constructor(source: string) {
    this.source = source;
  }

  /** A parse error at an offset of the template. */
  errorAt(offset: number, message: string): TemplateParseError {
    const before = this.source.slice(0, offset);
    const line = before.split(/\r\n|\n|\r/);
    return new TemplateParseError(message, line.length, line[line.length - 1]!.length + 1);
  }

  /** Whether only blanks stand before a "(", looked up in the text and not in the tokens. */
  parenFollows(): boolean {
    for (let i = this.pos; i < this.source.length; i++) {
      const char = this.source[i]!;
      if (char === '(') return true;
      if (char !== ' ' && char !== '\n' && char !== '\r' && char !== '\t') return false;
    }
    return false;
  }

  enterDirective(): void {
    this.state = 'DIRECTIVE';
  }

  /** The next token; EOF again and again at the end. */
  next(): Token {
    let start = this.pos;
    let stray = '';
    for (;;) {
      if (this.pos >= this.source.length) {
        if (start < this.pos) throw this.errorAt(start, 'Lexical error: unexpected end of the template');
        return { kind: 'EOF', image: '', start, stray };
      }
      const matched = this.longest();
      if (matched === null) {
        throw this.errorAt(this.pos, `Lexical error: unexpected ${JSON.stringify(this.source[this.pos])}`);
      }
      const { kind, length } = matched;
      this.pos += length;
      switch (kind) {
        case 'DOLLAR':
        case 'DOLLARBANG':
        case 'OPEN_TEXTBLOCK':
        case 'OPEN_FORMAL':
        case 'OPEN_COMMENT':
        case 'HASH':
          this.open(kind);
          continue;
        case 'ANY':
          this.skipPlainText(']');
          continue;
        case 'SKIPPED':
          this.skipPlainText(this.state === 'IN_LINE_COMMENT' ? '\n' : '*');
          start = this.pos;
          continue;
        case 'REFERENCE_TERMINATOR':
        case 'DIRECTIVE_TERMINATOR': {
          stray += straySigns(this.source.slice(start, this.pos));
          this.pos--;
          start = this.pos;
          this.pop();
          continue;
        }
        default: {
          const image = this.accept(kind, start);
          return { kind, image, start, stray };
        }
      }
    }
  }

  // Comments and text blocks go character by character; runs in which no rule can match are taken at once.
  private skipPlainText(closer: string): void {
    const source = this.source;
    while (this.pos < source.length) {
      const char = source[this.pos]!;
      if (
        char === '$' ||
        char === '#' ||
        char === '\\' ||
        char === closer ||
        (closer === '\n' && char === '\r')
      )
        return;
      this.pos++;
    }
  }

  private longest(): { kind: Kind; length: number } | null {
    let kind: Kind | null = null;
    let length = 0;
    if (this.source[this.pos] === '\\' && !this.backslashesMatter()) {
      if (this.state === 'DEFAULT') {
        return this.source[this.pos + 1] === '\\'
          ? { kind: 'DOUBLE_ESCAPE', length: 2 }
          : { kind: 'ESCAPE', length: 1 };
      }
    }
    for (const candidate of RULES_OF_STATE.get(this.state)!) {
      const pattern = candidate.pattern;
      pattern.lastIndex = this.pos;
      if (!pattern.test(this.source)) continue;
      let size = pattern.lastIndex - this.pos;
      if (candidate.kind === 'STRING_LITERAL') size = this.stringLength();
      if (size > length) {
        kind = candidate.kind;
        length = size;
      }
    }
    return kind === null ? null : { kind, length };
  }

  // Whether a run of backslashes ends before "$" or "#". Remembered, or a long run would be searched at every step.
  private backslashesMatter(): boolean {
    if (this.pos >= this.backslashRunEnd) {
      let end = this.pos;
      while (this.source[end] === '\\') end++;
      this.backslashRunEnd = end;
    }
    const after = this.source[this.backslashRunEnd];
    return after === '$' || after === '#';
  }

  // Quotes are doubled inside, and the longest literal wins. 0 when it is never closed.
  private stringLength(): number {
    const { source, pos } = this;
    const quote = source[pos]!;
    let end = source.indexOf(quote, pos + 1);
    while (end >= 0 && source[end + 1] === quote) {
      const further = source.indexOf(quote, end + 2);
      if (further < 0) break;
      end = further;
    }
    return end < 0 ? 0 : end + 1 - pos;
  }

  private open(kind: Opening): void {
    if (this.inComment) return;
    switch (kind) {
      case 'DOLLAR':
      case 'DOLLARBANG':
        if (this.state === 'REFERENCE') this.pop();
        this.push('REFERENCE');
        return;
      case 'HASH':
        if (this.state === 'REFERENCE' || this.state === 'REFMODIFIER') this.pop();
        this.push('PRE_DIRECTIVE');
        return;
      case 'OPEN_FORMAL':
        this.pos--;
        this.inComment = true;
        this.push('IN_FORMAL_COMMENT');
        return;
      default:
        this.inComment = true;
        this.push(kind === 'OPEN_TEXTBLOCK' ? 'IN_TEXTBLOCK' : 'IN_BLOCK_COMMENT');
    }
  }

  /** Does what a matched token does to the machine; the image it leaves. */
  private accept(kind: TokenKind, start: number): string {
    switch (kind) {
      case 'INDEX_LBRACKET':
        this.push('REFINDEX');
        break;
      case 'INDEX_RBRACKET':
      case 'RCURLY':
      case 'END':
      case 'ELSE':
        this.pop();
        break;
      case 'LPAREN':
        if (!this.inComment) this.openParens++;
        if (this.state === 'REFMODIFIER') this.state = 'REFMOD2';
        break;
      case 'RPAREN':
        this.closeParen();
        break;
      case 'REFMOD2_RPAREN':
        this.state = 'REFERENCE';
        break;
      case 'SET_DIRECTIVE':
        this.push('DIRECTIVE');
        this.inSet = true;
        this.openParens++;
        break;
      case 'LINE_COMMENT_START':
        if (this.state === 'REFERENCE') this.pop();
        this.inComment = true;
        this.push('IN_LINE_COMMENT');
        break;
      case 'LINE_COMMENT':
      case 'FORMAL_COMMENT':
      case 'BLOCK_COMMENT':
      case 'TEXTBLOCK':
        this.inComment = false;
        this.pop();
        break;
      case 'STRING_LITERAL':
        if (this.state === 'DIRECTIVE' && !this.inSet && this.openParens === 0) this.pop();
        break;
      case 'IF':
      case 'ELSEIF':
        this.state = 'DIRECTIVE';
        break;
      case 'INTEGER':
        return this.acceptInteger(start);
      case 'FLOAT':
        if (this.openParens === 0 && !this.inSet && this.state !== 'REFMOD2') this.pop();
        break;
      case 'DOT':
        this.pos--;
        this.state = 'REFMODIFIER';
        return '.';
    }
    return this.source.slice(start, this.pos);
  }

  private acceptInteger(start: number): string {
    // "1..3" is not "1." followed by ".3"
    if (this.source.endsWith('..', this.pos)) this.pos -= 2;
    const image = this.source.slice(start, this.pos);
    if (this.openParens === 0 && !this.inSet && this.state !== 'REFMOD2' && this.state !== 'REFINDEX')
      this.pop();
    return image;
  }

  private closeParen(): void {
    if (this.inComment) return;
    for (;;) {
      if (this.openParens > 0) {
        if (this.openParens === this.closedParens + 1) this.pop();
        else this.closedParens++;
        return;
      }
      if (!this.pop()) return;
    }
  }

  private push(state: State): void {
    this.stack.push({ state: this.state, openParens: this.openParens, closedParens: this.closedParens });
    this.openParens = 0;
    this.state = state;
  }

  /** Back to the state below; false at the bottom. Public because a word that is no directive ends its state. */
  pop(): boolean {
    const frame = this.stack.pop();
    if (frame === undefined) {
      this.openParens = 0;
      this.state = 'DEFAULT';
      return false;
    }
    this.openParens = frame.openParens;
    this.closedParens = frame.closedParens;
    this.state = frame.state;
    return true;
  }
}

// Of a beginning that led nowhere only "$", "#" and backslashes before "$" are printed again.
function straySigns(image: string): string {
  let signs = '';
  for (let i = 0; i < image.length; i++) {
    const char = image[i]!;
    if (char === '#' || char === '$') signs += char;
    else if (char === '\\') {
      let end = i;
      while (image[end] === '\\') end++;
      if (image[end] === '$') {
        signs += image.slice(i, end + 1);
        i = end + 1;
      }
    }
  }
  return signs;
}
