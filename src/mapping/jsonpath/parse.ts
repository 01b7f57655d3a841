// Jayway JsonPath 2.9's path syntax.

import { Cursor, JsonPathFault, JsonPathSyntaxError, unescapeJava } from './cursor.ts';
import { parseFilter } from './filter-parse.ts';
import { type FunctionArgument, type ParsedPath, type PathToken, parsedPath } from './tokens.ts';

/** Paths within filters and arguments of paths. */
const NESTING_MAX = 100;
let nesting = 0;

/**
 * Parses a JSONPath; one without `$` is taken below the root.
 *
 * @throws JsonPathSyntaxError (or JsonPathFault where Jayway trips over the text)
 */
export function parsePath(text: string): ParsedPath {
  let cursor = new Cursor(text);
  try {
    cursor.trim();
    if (cursor.charAt(0) !== '$' && cursor.charAt(0) !== '@') {
      cursor = new Cursor(`$.${text}`);
      cursor.trim();
    }
    if (cursor.lastIs('.')) throw new JsonPathSyntaxError("Path must not end with a '.' or '..'");
    return new PathParser(cursor).parse();
  } catch (error) {
    if (error instanceof JsonPathFault) throw new JsonPathSyntaxError(error.message);
    throw error;
  }
}

class PathParser {
  private readonly path: Cursor;
  private readonly tokens: PathToken[] = [];

  constructor(path: Cursor) {
    this.path = path;
  }

  parse(): ParsedPath {
    if (nesting >= NESTING_MAX) throw new JsonPathSyntaxError('Paths are nested too deeply');
    nesting++;
    try {
      return this.whole();
    } finally {
      nesting--;
    }
  }

  private whole(): ParsedPath {
    const { path } = this;
    while (path.inBounds() && isBlank(path.current)) path.position++;
    const root = path.current;
    if (root !== '$' && root !== '@') throw new JsonPathSyntaxError("Path must start with '$' or '@'");
    if (!path.isTail) {
      path.position++;
      if (path.current !== '.' && path.current !== '[') throw this.illegal();
      this.chain();
    }
    return parsedPath(inverted(this.tokens), root === '$');
  }

  private chain(): void {
    do this.token();
    while (!this.path.isTail);
  }

  private token(): void {
    const { path } = this;
    switch (path.current) {
      case '[':
        if (!this.properties() && !this.indexes() && !this.wildcard() && !this.filter()) throw this.illegal();
        return;
      case '.':
        this.dot();
        return;
      case '*':
        if (!this.wildcard()) throw this.illegal();
        return;
      default:
        this.propertyOrFunction();
    }
  }

  private illegal(): JsonPathSyntaxError {
    return new JsonPathSyntaxError(`Could not parse token starting at position ${this.path.position}`);
  }

  private dot(): void {
    const { path } = this;
    const next = path.position + 1;
    if (path.inBounds(next) && path.charAt(next) === '.') {
      this.tokens.push({ type: 'scan' });
      path.position += 2;
    } else if (!path.inBounds(next)) {
      throw new JsonPathSyntaxError("Path must not end with a '.'");
    } else {
      path.position++;
    }
    if (path.current === '.') throw this.illegal();
    this.token();
  }

  private propertyOrFunction(): void {
    const { path } = this;
    if (path.current === ' ') throw this.illegal();
    const start = path.position;
    let read = start;
    let end = 0;
    let isFunction = false;
    while (path.inBounds(read)) {
      const char = path.charAt(read);
      if (char === ' ')
        throw new JsonPathSyntaxError('Use bracket notation if your property contains blank characters');
      if (char === '.' || char === '[' || char === '(') {
        isFunction = char === '(';
        end = read;
        break;
      }
      read++;
    }
    if (end === 0) end = path.length;
    const name = path.text.slice(start, end);
    if (!isFunction) {
      path.position = end;
      this.tokens.push({ type: 'properties', names: [name], quote: "'" });
      return;
    }
    this.assertClosed(read, name);
    let args: FunctionArgument[] = [];
    if (!path.inBounds(read + 1)) path.position = read;
    // Jayway goes on at the ")" itself, so what follows a call is read as a property that begins with ")".
    else if (path.charAt(read + 1) === ')') path.position = read + 1;
    else {
      path.position = end + 1;
      args = this.functionArguments(name);
    }
    this.tokens.push({ type: 'function', name, args });
  }

  private assertClosed(open: number, name: string): void {
    let depth = 1;
    for (let i = open + 1; i < this.path.length; i++) {
      const char = this.path.charAt(i);
      if (char === ')') depth--;
      else if (char === '(') depth++;
      if (depth === 0) return;
    }
    throw new JsonPathSyntaxError(`Arguments to function: '${name}' are not closed properly.`);
  }

  private functionArguments(name: string): FunctionArgument[] {
    const { path } = this;
    const args: FunctionArgument[] = [];
    let type: 'json' | 'path' | null = null;
    let parens = 1;
    let brackets = 0;
    let braces = 0;
    let quotes = 0;
    let ended = false;
    let prior = '';
    let text = '';
    while (path.inBounds() && !ended) {
      const char = path.current;
      path.position++;
      if (type === null) {
        if (isBlank(char)) continue;
        if (char === '{' || /[0-9]/.test(char) || char === '"' || char === '-') type = 'json';
        else if (char === '$' || char === '@') type = 'path';
      }
      switch (char) {
        case '"':
          if (prior !== '\\' && quotes > 0) quotes--;
          else quotes++;
          break;
        case '(':
          parens++;
          break;
        case '{':
          braces++;
          break;
        case '[':
          brackets++;
          break;
        case '}':
          if (braces-- === 0) throw new JsonPathSyntaxError("Unexpected close brace '}'");
          break;
        case ']':
          if (brackets-- === 0) throw new JsonPathSyntaxError("Unexpected close bracket ']'");
          break;
        case ')':
        case ',':
          if (char === ')') {
            parens--;
            if (parens < 0 || prior === '(') text += char;
          }
          if (
            quotes === 0 &&
            braces === 0 &&
            brackets === 0 &&
            ((parens === 0 && char === ')') || parens === 1)
          ) {
            ended = parens === 0;
            if (type === 'json') args.push({ type: 'json', json: text });
            else if (type === 'path')
              args.push({ type: 'path', path: new PathParser(new Cursor(text)).parse() });
            if (type !== null) text = '';
            type = null;
          }
          break;
      }
      if (type !== null && !(char === ',' && braces === 0 && brackets === 0 && parens === 1)) text += char;
      prior = char;
    }
    if (braces !== 0 || parens !== 0 || brackets !== 0) {
      throw new JsonPathSyntaxError(`Arguments to function: '${name}' are not closed properly.`);
    }
    return args;
  }

  private filter(): boolean {
    const { path } = this;
    const open = path.position;
    const question = path.indexOfSignificant(open, '?');
    if (question < 0) return false;
    const paren = path.indexOfSignificant(question, '(');
    if (paren < 0) return false;
    const closing = path.indexOfClosing(paren, '(', ')', true);
    if (closing < 0 || path.significantAfter(closing) !== ']') return false;
    const end = path.indexOfSignificant(closing, ']');
    this.tokens.push({ type: 'filter', filter: parseFilter(path.text.slice(open, end + 1), parsePath) });
    path.position = end + 1;
    return true;
  }

  private wildcard(): boolean {
    const { path } = this;
    if (path.current !== '[') {
      path.position++;
    } else {
      if (path.significantAfter(path.position) !== '*') return false;
      const star = path.indexOfSignificant(path.position, '*');
      if (path.significantAfter(star) !== ']')
        throw new JsonPathSyntaxError("Expected wildcard token to end with ']'");
      path.position = path.indexOfSignificant(star, ']') + 1;
    }
    this.tokens.push({ type: 'wildcard' });
    return true;
  }

  private indexes(): boolean {
    const { path } = this;
    const next = path.significantAfter(path.position);
    if (!/[0-9:-]/.test(next)) return false;
    const from = path.position + 1;
    const end = path.indexOf(from, ']');
    if (end < 0) return false;
    const expression = path.text.slice(from, end).trim();
    if (!/^[0-9,\-: ]*$/.test(expression)) return false;
    this.tokens.push(expression.includes(':') ? sliceOf(expression) : indexOf(expression));
    path.position = end + 1;
    return true;
  }

  private properties(): boolean {
    const { path } = this;
    const quote = path.significantAfter(path.position);
    if (quote !== "'" && quote !== '"') return false;
    const names: string[] = [];
    let start = path.position + 1;
    let end = 0;
    let inside = false;
    let escaped = false;
    let afterComma = false;
    for (let read = start; path.inBounds(read); read++) {
      const char = path.charAt(read);
      if (escaped) escaped = false;
      else if (char === '\\') escaped = true;
      else if (char === ']' && !inside) {
        if (afterComma) throw new JsonPathSyntaxError('Found empty property');
        break;
      } else if (char === quote) {
        if (inside) {
          const next = path.significantAfter(read);
          if (next !== ']' && next !== ',')
            throw new JsonPathSyntaxError('Property must be separated by comma');
          end = read;
          names.push(unescapeJava(path.text.slice(start, end)));
        } else {
          start = read + 1;
          afterComma = false;
        }
        inside = !inside;
      } else if (char === ',' && !inside) {
        if (afterComma) throw new JsonPathSyntaxError('Found empty property');
        afterComma = true;
      }
    }
    if (inside) throw new JsonPathSyntaxError('Property has not been closed');
    const close = path.indexOfSignificant(end, ']');
    if (close < 0) throw new JsonPathSyntaxError('Property has not been closed - missing closing ]');
    path.position = close + 1;
    this.tokens.push({ type: 'properties', names, quote });
    return true;
  }
}

// "$..price.min()" is "min of $..price": a function at the end of a scan takes the scan as its argument.
function inverted(tokens: readonly PathToken[]): readonly PathToken[] {
  const last = tokens[tokens.length - 1];
  if (last?.type !== 'function' || tokens[0]!.type !== 'scan') return tokens;
  const first = tokens.findIndex((token) => token.type === 'function');
  const path = parsedPath(tokens.slice(0, first), true);
  return [
    { ...(tokens[first] as PathToken & { type: 'function' }), args: [{ type: 'path', path }] },
    ...tokens.slice(first + 1),
  ];
}

function sliceOf(expression: string): PathToken {
  if (expression.includes(',') || expression.includes(' '))
    throw new JsonPathSyntaxError('Failed to parse slice');
  const parts = expression.split(':');
  const from = parts[0] ? javaInt(parts[0]) : null;
  const to = parts[1] ? javaInt(parts[1]) : null;
  if (from === null && to === null) throw new JsonPathSyntaxError('Failed to parse slice');
  return { type: 'slice', from, to };
}

function indexOf(expression: string): PathToken {
  return { type: 'index', indexes: expression.split(/\s*,\s*/).map(javaInt) };
}

function javaInt(text: string): number {
  if (!/^-?[0-9]+$/.test(text)) throw new JsonPathSyntaxError(`Failed to parse ${text}`);
  const value = Number(text);
  if (value > 2147483647 || value < -2147483648) throw new JsonPathSyntaxError(`Failed to parse ${text}`);
  return value;
}

function isBlank(char: string): boolean {
  return char === ' ' || char === '\t' || char === '\n' || char === '\r';
}
