// The form of AWS's Query protocol: `Action=CreateUser&Version=2010-05-08&Tags.member.1.Key=a`. Names with dots are
// paths: of structures by member, of lists by `member.{n}` from 1.

import { valueIn } from '../../../base/flat-list.ts';
import { serialization } from '../exceptions.ts';
import { decodeQueryText, parseQuery, type QueryParameter } from '../query-string.ts';

/** More than any operation can use: 50 tags are 100. */
const parametersMax = 1_000;

/** Parameters of the query and of the body together: either may carry any of them. Without a prototype. */
export type Form = Readonly<Record<string, string>>;

const formType = /^application\/x-www-form-urlencoded\b/i;
const isFormType = (fields: readonly string[]): boolean =>
  formType.test(valueIn(fields, 'content-type') ?? '');

/** Whether a request to `/` is one of this protocol: a form, or, presigned, all of it in the query. */
export function isForm(method: string, query: readonly QueryParameter[], fields: readonly string[]): boolean {
  if (method !== 'POST' && method !== 'GET') return false;
  if (valueIn(fields, 'x-amz-target') !== null) return false;
  return (method === 'POST' && isFormType(fields)) || query.some(({ name }) => name === 'Action');
}

/** The body as text; '' where it says that it is something else. */
export function formText(fields: readonly string[], body: Uint8Array): string {
  if (body.length === 0 || !isFormType(fields)) return '';
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1');
}

/**
 * What a form says of itself, before anybody is known: one look at its text, nothing else is decoded.
 *
 * @param name - `Action` or `Version`
 */
export function namedIn(query: readonly QueryParameter[], text: string, name: string): string | null {
  const given = query.find((one) => one.name === name);
  if (given !== undefined) return given.value;
  const start = text.startsWith(`${name}=`) ? 0 : text.indexOf(`&${name}=`) + 1;
  if (!text.startsWith(`${name}=`, start)) return null;
  const end = text.indexOf('&', start);
  return decodeQueryText(text.slice(start + name.length + 1, end < 0 ? text.length : end));
}

/** @throws SerializationException when there are too many, or one stands there twice: readers would disagree on it */
export function readForm(query: readonly QueryParameter[], text: string): Form {
  const form: Record<string, string> = Object.create(null);
  let count = 0;
  for (const { name, value } of [...query, ...parseQuery(text)]) {
    if (/^X-Amz-/i.test(name)) continue;
    count += 1;
    if (count > parametersMax) throw serialization(`There are more than ${parametersMax} parameters`);
    if (form[name] !== undefined) throw serialization(`The parameter ${name} stands there twice`);
    form[name] = value;
  }
  return form;
}
