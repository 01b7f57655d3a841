// FieldToMatch: which part of a request a rule looks at.

import { parseQuery } from '../exchange/exchange.ts';
import { bytesOf } from './byte-text.ts';
import { type FirewallField, notEvaluated } from './firewall-error.ts';
import type { Inspection, Reading } from './inspection.ts';
import { readJsonTexts } from './json-texts.ts';
import { isGiven, membersOf, oneOfMembers, optionIn, patterns, textIn, textsIn } from './members.ts';

export interface Field {
  /** Equal for those that read the same. */
  readonly key: string;
  /** What WAF capacity units are multiplied by, and what is added to them. */
  readonly factor: number;
  readonly extra: number;
  read(inspection: Inspection): Reading;
}

const kinds = [
  'SingleHeader',
  'SingleQueryArgument',
  'AllQueryArguments',
  'UriPath',
  'QueryString',
  'Body',
  'Method',
  'JsonBody',
  'Headers',
  'Cookies',
  'HeaderOrder',
  'JA3Fingerprint',
  'JA4Fingerprint',
  'UriFragment',
] as const;

const oversizeOptions = ['CONTINUE', 'MATCH', 'NO_MATCH'] as const;
const scopes = ['ALL', 'KEY', 'VALUE'] as const;
type Oversize = (typeof oversizeOptions)[number];

/** Of the headers of a request, and of its cookies: what is beyond is oversize. */
const mapBytesMax = 8_192;
const mapEntriesMax = 200;

/** @param value - `FieldToMatch` of a statement @throws FirewallError */
export function compileField(value: unknown): Field {
  const [kind, given] = oneOfMembers(value, 'FIELD_TO_MATCH', kinds);
  switch (kind) {
    case 'UriPath':
      none(given);
      return field('UriPath', ({ exchange }) => [exchange.address.path]);
    case 'QueryString':
      none(given);
      return field('QueryString', ({ exchange }) => [bytesOf(exchange.queryString)]);
    case 'Method':
      none(given);
      return field('Method', ({ exchange }) => [exchange.request.method]);
    case 'AllQueryArguments':
      none(given);
      return { ...field('AllQueryArguments', (inspection) => queryValues(inspection, null)), extra: 10 };
    case 'SingleQueryArgument': {
      const name = nameIn(given, 'FIELD_TO_MATCH').toLowerCase();
      return field(`SingleQueryArgument ${name}`, (inspection) => queryValues(inspection, name));
    }
    case 'SingleHeader': {
      const name = nameIn(given, 'SINGLE_HEADER').toLowerCase();
      return field(`SingleHeader ${name}`, (inspection) => together(inspection.header(name)));
    }
    case 'Headers':
      return mapField('Headers', given, 'HEADER_MATCH_PATTERN', headersOf, (name) => name.toLowerCase());
    case 'Cookies':
      return mapField('Cookies', given, 'COOKIE_MATCH_PATTERN', cookiesOf, (name) => name);
    case 'Body':
      return bodyField(given);
    case 'JsonBody':
      return jsonField(given);
    default:
      throw notEvaluated(kind, 'FIELD_TO_MATCH');
  }
}

const field = (key: string, read: Field['read']): Field => ({
  key,
  factor: 1,
  extra: 0,
  read,
});

const none = (value: unknown) => membersOf(value, 'FIELD_TO_MATCH', []);

const nameIn = (value: unknown, name: FirewallField): string =>
  textIn(membersOf(value, name, ['Name']), 'Name', name, patterns.fieldName);

/** A field that came in parts is the same to a backend as one with commas. */
const together = (values: readonly string[]): readonly string[] =>
  values.length > 1 ? [...values, values.join(',')] : values;

/**
 * Values as they came; names decoded, because backends decode them.
 * @param name - lower case; null: of all
 */
function queryValues({ exchange }: Inspection, name: string | null): string[] {
  const values: string[] = [];
  const query = bytesOf(exchange.queryString);
  for (let start = 0; start < query.length; ) {
    const end = query.indexOf('&', start);
    const part = query.slice(start, end < 0 ? query.length : end);
    start += part.length + 1;
    if (part === '') continue;
    const equals = part.indexOf('=');
    const key = equals < 0 ? part : part.slice(0, equals);
    const value = equals < 0 ? '' : part.slice(equals + 1);
    if (name === null || decodedName(key) === name) values.push(value);
  }
  return values;
}

const decodedName = (key: string): string => (parseQuery(key).names[0] ?? key).toLowerCase();

interface Entry {
  readonly name: string;
  readonly value: string;
}

function headersOf({ exchange: { headers } }: Inspection): Entry[] {
  const entries: Entry[] = [];
  for (let i = 0; i < headers.length; i += 2)
    entries.push({ name: headers[i]!, value: bytesOf(headers[i + 1]!) });
  return entries;
}

function cookiesOf(inspection: Inspection): Entry[] {
  return inspection.header('cookie').flatMap((line) =>
    line.split(';').flatMap((pair) => {
      const trimmed = pair.trim();
      if (trimmed === '') return [];
      const equals = trimmed.indexOf('=');
      // A cookie without a name is all value.
      return equals < 0
        ? [{ name: '', value: trimmed }]
        : [{ name: trimmed.slice(0, equals), value: trimmed.slice(equals + 1) }];
    }),
  );
}

function mapField(
  kind: 'Headers' | 'Cookies',
  given: unknown,
  name: FirewallField,
  entriesOf: (inspection: Inspection) => readonly Entry[],
  normalize: (name: string) => string,
): Field {
  const members = membersOf(given, 'FIELD_TO_MATCH', ['MatchPattern', 'MatchScope', 'OversizeHandling']);
  const scope = optionIn(members, 'MatchScope', 'FIELD_TO_MATCH', scopes);
  const oversize = optionIn(members, 'OversizeHandling', 'FIELD_TO_MATCH', oversizeOptions);
  const [which, pattern] = oneOfMembers(members.MatchPattern, name, [
    'All',
    `Included${kind}`,
    `Excluded${kind}`,
  ]);
  const names =
    which === 'All'
      ? null
      : new Set(textsIn({ names: pattern }, 'names', name, 199, patterns.fieldName).map(normalize));
  const isIncluded = which === `Included${kind}`;
  const isWanted = (entry: Entry): boolean =>
    names === null || names.has(normalize(entry.name)) === isIncluded;
  const key = JSON.stringify([kind, which, names === null ? null : [...names], scope, oversize]);
  return field(key, (inspection) => {
    const all = entriesOf(inspection);
    const within = withinLimits(all);
    if (within.length < all.length && oversize !== 'CONTINUE') return oversize === 'MATCH';
    return within
      .filter(isWanted)
      .flatMap(({ name: one, value }) =>
        scope === 'KEY' ? [one] : scope === 'VALUE' ? [value] : [one, value],
      );
  });
}

function withinLimits(entries: readonly Entry[]): readonly Entry[] {
  let bytes = 0;
  for (const [i, { name, value }] of entries.entries()) {
    bytes += name.length + value.length;
    if (i >= mapEntriesMax || bytes > mapBytesMax) return entries.slice(0, i);
  }
  return entries;
}

function bodyField(given: unknown): Field {
  const members = membersOf(given, 'FIELD_TO_MATCH', ['OversizeHandling']);
  const oversize = optionIn(members, 'OversizeHandling', 'FIELD_TO_MATCH', oversizeOptions, 'CONTINUE');
  const read = (inspection: Inspection): Reading =>
    decidedBySize(inspection, oversize) ?? [inspection.body()];
  return field(`Body ${oversize}`, read);
}

const decidedBySize = (inspection: Inspection, oversize: Oversize): boolean | null =>
  oversize === 'CONTINUE' || !inspection.isBodyOversize() ? null : oversize === 'MATCH';

const fallbacks = ['MATCH', 'NO_MATCH', 'EVALUATE_AS_STRING'] as const;
const pointerPattern = /^\/(?:[^~]|~[01])*$/;

function jsonField(given: unknown): Field {
  const members = membersOf(given, 'FIELD_TO_MATCH', [
    'MatchPattern',
    'MatchScope',
    'InvalidFallbackBehavior',
    'OversizeHandling',
  ]);
  const scope = optionIn(members, 'MatchScope', 'FIELD_TO_MATCH', scopes);
  const oversize = optionIn(members, 'OversizeHandling', 'FIELD_TO_MATCH', oversizeOptions, 'CONTINUE');
  const fallback = isGiven(members.InvalidFallbackBehavior)
    ? optionIn(members, 'InvalidFallbackBehavior', 'FIELD_TO_MATCH', fallbacks)
    : null;
  const [which, pattern] = oneOfMembers(members.MatchPattern, 'JSON_MATCH_PATTERN', ['All', 'IncludedPaths']);
  const pointers =
    which === 'All' ? null : textsIn({ pattern }, 'pattern', 'JSON_MATCH_PATTERN', 512, pointerPattern);
  const paths = pointers?.map((pointer) => (pointer === '/' ? [] : pointer.slice(1).split('/').map(partOf)));
  const isWanted = (path: readonly string[]): boolean =>
    paths === undefined || paths.some((wanted) => wanted.every((part, i) => part === path[i]));
  const key = JSON.stringify(['JsonBody', pointers, scope, fallback, oversize]);
  const read = (inspection: Inspection): Reading => {
    const decided = decidedBySize(inspection, oversize);
    if (decided !== null) return decided;
    const texts: string[] = [];
    const isValid = readJsonTexts(inspection.body(), {
      key: (text, path) => void (scope !== 'VALUE' && isWanted(path) && texts.push(text)),
      value: (text, path) => void (scope !== 'KEY' && isWanted(path) && texts.push(text)),
    });
    // What was cut off is no mistake of the sender's.
    if (isValid || fallback === null || inspection.isBodyOversize()) return texts;
    if (fallback === 'EVALUATE_AS_STRING') return [inspection.body()];
    // An empty body is no JSON, and nobody's attack.
    return fallback === 'MATCH' && inspection.body() !== '';
  };
  return { ...field(key, read), factor: 2 };
}

const partOf = (part: string): string => bytesOf(part.replaceAll('~1', '/').replaceAll('~0', '~'));
