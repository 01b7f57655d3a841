// $input and $util: what API Gateway gives a template beside its data.

import { isCanonicalJson } from '../json/canonical.ts';
import { LenientJsonError, parseLenientJson } from '../json/parse.ts';
import { toJsonText } from '../json/write.ts';
import { compileJsonPath, type JsonPath } from '../jsonpath/json-path.ts';
import { HostObject } from '../methods/invoke.ts';
import { type MethodTable, methodTable } from '../methods/table.ts';
import { JMap, type Value } from '../value/kinds.ts';
import { spendText } from '../value/meter.ts';
import { toDisplayText } from '../value/text.ts';
import { base64Decoded, base64Encoded, escapeJavaScript, urlDecoded, urlEncoded } from './util-text.ts';

/** What `$input` sees; plain data that can cross to a worker. */
export interface TemplateInput {
  /** null or '' is an empty payload, which templates see as `{}`. */
  readonly body: string | null;
  readonly path: Readonly<Record<string, string>>;
  readonly querystring: Readonly<Record<string, string>>;
  readonly header: Readonly<Record<string, string>>;
  /** Header names are lower-case, and every look-up of a header name folds case. */
  readonly headerNamesFolded?: boolean;
}

const UNREAD = Symbol('the body has not been read yet');
/** What `$input.json` gives where there is nothing. */
const NOTHING_AS_JSON = '""';

export class InputObject extends HostObject {
  private readonly input: TemplateInput;
  readonly body: string;
  private document: Value | undefined | typeof UNREAD = UNREAD;
  private params: JMap | null = null;

  constructor(input: TemplateInput) {
    super();
    this.input = input;
    this.body = input.body === null || input.body === '' ? '{}' : input.body;
  }
  get className(): string {
    return 'Input';
  }
  get methods(): MethodTable {
    return INPUT_METHODS;
  }
  toText(): string {
    return '';
  }

  // The body as JSON, read once so that what a template changes in it stays changed; undefined when it is none.
  private read(): Value | undefined {
    if (this.document === UNREAD) {
      try {
        this.document = parseLenientJson(this.body);
      } catch (error) {
        if (!(error instanceof LenientJsonError)) throw error;
        this.document = undefined;
      }
    }
    return this.document;
  }

  path(path: JsonPath): Value {
    const document = this.read();
    return document === undefined ? null : (path.read(document) ?? null);
  }

  json(path: JsonPath): string {
    // Nobody can have changed what nobody has read.
    if (path.isRoot && this.document === UNREAD && isCanonicalJson(this.body)) {
      spendText(this.body.length);
      return this.body;
    }
    const document = this.read();
    if (document === undefined) return NOTHING_AS_JSON;
    const value = path.read(document);
    if (value === undefined) return NOTHING_AS_JSON;
    const text = toJsonText(value);
    spendText(text.length);
    return text;
  }

  /** `$input.params('name')`: path, then query string, then header; empty when in none. */
  param(name: string): string {
    // One after the other: the live gateway builds each of the three when it is first asked for.
    const { input } = this;
    const found = ownText(input.path, name) ?? ownText(input.querystring, name);
    if (found !== undefined) return found;
    return ownText(input.header, input.headerNamesFolded === true ? name.toLowerCase() : name) ?? '';
  }

  allParams(): JMap {
    if (this.params === null) {
      const { path, querystring, header, headerNamesFolded } = this.input;
      const headers = headerNamesFolded === true ? new FoldedMap(...membersOf(header)) : mapOf(header);
      this.params = new JMap(['path', 'querystring', 'header'], [mapOf(path), mapOf(querystring), headers]);
    }
    return this.params;
  }
}

function ownText(record: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** A map of texts from plain data. */
export function mapOf(record: Readonly<Record<string, string>>): JMap {
  return new JMap(...membersOf(record));
}

function membersOf(record: Readonly<Record<string, string>>): [names: string[], contents: string[]] {
  const names = Object.keys(record);
  const contents: string[] = new Array(names.length);
  for (let i = 0; i < names.length; i++) contents[i] = record[names[i]!]!;
  return [names, contents];
}

/** Headers of the live gateway: any spelling of a name finds it. */
class FoldedMap extends JMap {
  protected override find(key: Value): number {
    return super.find(typeof key === 'string' ? key.toLowerCase() : key);
  }
}

const textOf = (value: Value): string => (value === null ? '' : toDisplayText(value));

const INPUT_METHODS = methodTable<InputObject>({
  'getBody()': (self) => self.body,
  'json(Object)': (self, path: Value) => self.json(compileJsonPath(textOf(path))),
  'path(Object)': (self, path: Value) => self.path(compileJsonPath(textOf(path))),
  'params()': (self) => self.allParams(),
  'params(Object)': (self, name: Value) => self.param(textOf(name)),
});

export class UtilObject extends HostObject {
  get className(): string {
    return 'Util';
  }
  get methods(): MethodTable {
    return UTIL_METHODS;
  }
  toText(): string {
    return '';
  }
  escapeJavaScript(text: string): string {
    spendText(text.length);
    return escapeJavaScript(text);
  }
}

const counted = (value: Value, change: (text: string) => string): string => {
  const text = textOf(value);
  spendText(text.length);
  return change(text);
};

const UTIL_METHODS = methodTable<UtilObject>({
  'escapeJavaScript(Object)': (_, value: Value) => counted(value, escapeJavaScript),
  'urlEncode(Object)': (_, value: Value) => counted(value, urlEncoded),
  'urlDecode(Object)': (_, value: Value) => counted(value, urlDecoded),
  'base64Encode(Object)': (_, value: Value) => counted(value, base64Encoded),
  'base64Decode(Object)': (_, value: Value) => counted(value, base64Decoded),
  'parseJson(Object)': (_, value: Value) => {
    const text = textOf(value);
    spendText(text.length * 4);
    if (text === '') return null;
    try {
      return parseLenientJson(text);
    } catch (error) {
      if (error instanceof LenientJsonError) return null;
      throw error;
    }
  },
});
