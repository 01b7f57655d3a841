// Jayway's filter syntax: [?(@.a == 1 && !(@.b in ['x']))].

import { LenientJsonError, parseLenientJson } from '../json/parse.ts';
import { compileRegex, RegexSyntaxError } from '../regex/regex.ts';
import { parseDecimal } from '../value/decimal.ts';
import { Cursor, JsonPathFault, JsonPathSyntaxError, unescapeJava } from './cursor.ts';
import { type Filter, type Operand, RELATIONS, type Relation } from './filter.ts';
import type { ParsedPath } from './tokens.ts';

const NESTING_MAX = 100;

/** @param parsePath - handed in, since paths hold filters and filters hold paths */
export function parseFilter(text: string, parsePath: (text: string) => ParsedPath): Filter {
  return new FilterParser(text, parsePath).parse();
}

class FilterParser {
  private readonly filter: Cursor;
  private readonly parsePath: (text: string) => ParsedPath;
  private depth = 0;

  constructor(text: string, parsePath: (text: string) => ParsedPath) {
    this.parsePath = parsePath;
    const filter = new Cursor(text);
    filter.position++;
    filter.dropLast();
    filter.trim();
    filter.position++;
    filter.trim();
    if (filter.current !== '(' || !filter.lastIs(')')) {
      throw new JsonPathSyntaxError("Filter must start with '[?(' and end with ')]'");
    }
    this.filter = filter;
  }

  parse(): Filter {
    try {
      const result = this.or();
      this.filter.skipBlanks();
      if (this.filter.inBounds()) throw new JsonPathSyntaxError('Expected end of filter expression');
      return result;
    } catch (error) {
      if (error instanceof JsonPathFault) throw new JsonPathSyntaxError(error.message);
      throw error;
    }
  }

  private or(): Filter {
    if (++this.depth > NESTING_MAX) throw new JsonPathSyntaxError('The filter is nested too deeply');
    const parts = this.chain('||', () => this.chain('&&', () => this.operand(), 'and'), 'or');
    this.depth--;
    return parts;
  }

  private chain(operator: string, next: () => Filter, type: 'and' | 'or'): Filter {
    const parts = [next()];
    for (;;) {
      const before = this.filter.position;
      if (!this.filter.takeText(operator)) {
        this.filter.position = before;
        return parts.length === 1 ? parts[0]! : { type, parts };
      }
      parts.push(next());
    }
  }

  private operand(): Filter {
    const { filter } = this;
    const before = filter.skipBlanks().position;
    if (filter.current === '!') {
      filter.takeSignificant('!');
      const next = filter.skipBlanks().current;
      if (next !== '$' && next !== '@') {
        if (++this.depth > NESTING_MAX) throw new JsonPathSyntaxError('The filter is nested too deeply');
        return { type: 'not', part: this.operand() };
      }
      filter.position = before;
    }
    if (filter.skipBlanks().current === '(') {
      filter.takeSignificant('(');
      const part = this.or();
      filter.takeSignificant(')');
      return part;
    }
    return this.relation();
  }

  private relation(): Filter {
    const { operand: left, wanted } = this.value();
    const before = this.filter.position;
    try {
      const operator = this.operator();
      return { type: 'relation', left, operator, right: this.value().operand };
    } catch (error) {
      if (!(error instanceof JsonPathSyntaxError)) throw error;
      this.filter.position = before;
    }
    if (left.type !== 'path') throw new JsonPathSyntaxError('Expected path node');
    return { type: 'exists', path: left.path, wanted };
  }

  private operator(): Relation {
    const { filter } = this;
    const begin = filter.skipBlanks().position;
    if (isOperatorChar(filter.current))
      while (filter.inBounds() && isOperatorChar(filter.current)) filter.position++;
    else while (filter.inBounds() && filter.current !== ' ') filter.position++;
    const text = filter.text.slice(begin, filter.position).toUpperCase();
    const relation = RELATIONS.find((known) => known === text);
    if (relation === undefined) throw new JsonPathSyntaxError(`Filter operator ${text} is not supported!`);
    return relation;
  }

  private value(): { operand: Operand; wanted: boolean } {
    const { filter } = this;
    const literal = (operand: Operand) => ({ operand, wanted: true });
    switch (filter.skipBlanks().current) {
      case '$':
      case '@':
        return this.path();
      case '!': {
        filter.position++;
        const next = filter.skipBlanks().current;
        if (next !== '$' && next !== '@') throw new JsonPathSyntaxError('Unexpected character: !');
        return this.path();
      }
      case "'":
        return literal(this.string("'"));
      case '"':
        return literal(this.string('"'));
      case 't':
      case 'f':
        return literal(this.boolean());
      case 'n':
        return literal(this.nullLiteral());
      case '{':
        return literal(this.json('{', '}'));
      case '[':
        return literal(this.json('[', ']'));
      case '/':
        return literal(this.pattern());
      default:
        return literal(this.number());
    }
  }

  private string(quote: string): Operand {
    const { filter } = this;
    const begin = filter.position;
    const end = filter.indexOfUnescaped(begin, quote);
    if (end < 0) throw new JsonPathSyntaxError('String literal does not have matching quotes');
    filter.position = end + 1;
    return { type: 'string', text: unescapeJava(filter.text.slice(begin + 1, end)) };
  }

  private boolean(): Operand {
    const { filter } = this;
    const word = filter.current === 't' ? 'true' : 'false';
    if (!filter.takeText(word)) throw new JsonPathSyntaxError('Expected boolean literal');
    return { type: 'boolean', value: word === 'true' };
  }

  private nullLiteral(): Operand {
    if (!this.filter.takeText('null')) throw new JsonPathSyntaxError('Expected <null> value');
    return { type: 'null' };
  }

  private json(open: string, close: string): Operand {
    const { filter } = this;
    const begin = filter.position;
    const end = filter.indexOfClosing(begin, open, close, false);
    if (end < 0) throw new JsonPathSyntaxError('JSON literal is not closed');
    filter.position = end + 1;
    return jsonOperand(filter.text.slice(begin, end + 1));
  }

  private pattern(): Operand {
    const { filter } = this;
    const begin = filter.position;
    let end = filter.indexOfUnescaped(begin, '/');
    if (end < 0) throw new JsonPathSyntaxError('Pattern not closed. Expected /');
    const source = filter.text.slice(begin + 1, end);
    const flagsFrom = end + 1;
    while (filter.inBounds(end + 1) && 'dixmsuU'.includes(filter.charAt(end + 1))) end++;
    filter.position = end + 1;
    try {
      return { type: 'pattern', pattern: compileRegex(source, filter.text.slice(flagsFrom, end + 1)) };
    } catch (error) {
      if (error instanceof RegexSyntaxError) throw new JsonPathFault(error.message);
      throw error;
    }
  }

  private number(): Operand {
    const { filter } = this;
    const begin = filter.position;
    while (filter.inBounds() && /[0-9.eE-]/.test(filter.current)) filter.position++;
    const decimal = parseDecimal(filter.text.slice(begin, filter.position));
    if (decimal === null) throw new JsonPathFault('not a number');
    return { type: 'number', decimal };
  }

  private path(): { operand: Operand; wanted: boolean } {
    const { filter } = this;
    const before = filter.indexOfSignificantBefore(filter.position);
    const wanted = before < 0 || filter.charAt(before) !== '!';
    const begin = filter.position;
    filter.position++;
    while (filter.inBounds()) {
      if (filter.current === '[') {
        const end = filter.indexOfClosing(filter.position, '[', ']', false);
        if (end < 0) throw new JsonPathSyntaxError('Square brackets does not match in filter');
        filter.position = end + 1;
      }
      const char = filter.current;
      const closesFilter = char === ')' && !this.closesCall(begin);
      if (!filter.inBounds() || isOperatorChar(char) || char === ' ' || closesFilter) break;
      filter.position++;
    }
    return {
      operand: { type: 'path', path: this.parsePath(filter.text.slice(begin, filter.position)) },
      wanted,
    };
  }

  // Whether a ")" belongs to a call without arguments in the path that began at `begin`.
  private closesCall(begin: number): boolean {
    const { filter } = this;
    let at = filter.indexOfSignificantBefore(filter.position);
    if (at < 0 || filter.charAt(at) !== '(') return false;
    for (at--; filter.inBounds(at) && at > begin; at--) if (filter.charAt(at) === '.') return true;
    return false;
  }
}

/** A JSON literal; one that cannot be read makes any use of it fail, as in Jayway. */
export function jsonOperand(source: string): Operand {
  try {
    return { type: 'json', value: parseLenientJson(source), source };
  } catch (error) {
    if (error instanceof LenientJsonError) return { type: 'json', value: null, source };
    throw error;
  }
}

function isOperatorChar(char: string): boolean {
  return char === '<' || char === '>' || char === '=' || char === '~' || char === '!';
}
