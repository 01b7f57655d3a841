// Answers of Query services as AWS's own give them to API Gateway. It asks with `Accept: application/json`, and SQS, SNS
// and others then answer JSON; that is what templates of integrations read. Services of other makers know only XML.

import { valueIn } from '../base/flat-list.ts';
import { textOf } from '../exchange/content.ts';
import type { IntegrationAnswer } from '../exchange/exchange.ts';
import { parseXml, type XmlElement } from './aws-xml.ts';

/** Those whose own servers answer JSON when asked. EC2, for one, never does. */
export const jsonAnswering: ReadonlySet<string> = new Set([
  'autoscaling',
  'cloudformation',
  'elasticbeanstalk',
  'email',
  'iam',
  'monitoring',
  'sns',
  'sqs',
  'sts',
]);

/**
 * An XML answer as JSON: `{"SendMessageResponse":{"SendMessageResult":{"MessageId":...},"ResponseMetadata":...}}`, and
 * `{"Error":{"Code":...,"Message":...,"Type":...},"RequestId":...}`. Any other answer stays as it is.
 *
 * @param sent - the request's fields, lower-case names
 */
export function jsonAnswer(answer: IntegrationAnswer, sent: readonly string[]): IntegrationAnswer {
  const wantsJson = valueIn(sent, 'accept')?.includes('json') === true;
  if (!wantsJson || answer.body === null || !isXml(answer)) return answer;
  const root = parseXml(textOf(answer.body));
  if (root === null) return answer;
  const value = jsonOf(root);
  const body = Buffer.from(
    JSON.stringify(root.name === 'ErrorResponse' ? value : objectOf([[root.name, value]])),
  );
  return { ...answer, body, headers: headersOf(answer.headers, body.length) };
}

function isXml({ headers, body }: IntegrationAnswer): boolean {
  for (let i = 0; i < headers.length; i += 2)
    if (headers[i]!.toLowerCase() === 'content-type') {
      const type = headers[i + 1]!.toLowerCase();
      if (type.includes('json')) return false;
      if (type.includes('xml')) return true;
    }
  // Some say that it is HTML.
  return body![0] === 0x3c && /^<(?:\?xml|\w+(?:Response|Result)\b)/.test(textOf(body!.subarray(0, 200)));
}

function headersOf(headers: readonly string[], bytes: number): string[] {
  const changed = [...headers];
  for (let i = 0; i < changed.length; i += 2) {
    const name = changed[i]!.toLowerCase();
    if (name === 'content-type') changed[i + 1] = 'application/json';
    if (name === 'content-length') changed[i + 1] = String(bytes);
  }
  return changed;
}

/** Lists that SQS writes without an element around them, and the names they have in JSON. */
const flatLists: ReadonlyMap<string, string> = new Map([
  ['ReceiveMessageResult.Message', 'messages'],
  ['ListQueuesResult.QueueUrl', 'queueUrls'],
  ['SendMessageBatchResult.SendMessageBatchResultEntry', 'Successful'],
  ['SendMessageBatchResult.BatchResultErrorEntry', 'Failed'],
  ['DeleteMessageBatchResult.DeleteMessageBatchResultEntry', 'Successful'],
  ['DeleteMessageBatchResult.BatchResultErrorEntry', 'Failed'],
]);

/** Text, a list of `member`s, a map of `entry`s, or an object; null for an empty element. */
function jsonOf(element: XmlElement): unknown {
  const { children, text } = element;
  if (children.length === 0) return text === '' ? null : text;
  if (children.every(({ name }) => name === 'member')) return children.map(jsonOf);
  if (children.every(({ name }) => name === 'entry')) return objectOf(children.map(entryOf));
  const members = new Map<string, unknown[]>();
  const isList = new Set<string>();
  for (const child of children) {
    const list = flatLists.get(`${element.name}.${child.name}`);
    const name = list ?? child.name;
    if (list !== undefined) isList.add(name);
    const values = members.get(name) ?? [];
    members.set(name, values);
    values.push(jsonOf(child));
  }
  return objectOf(
    [...members].map(([name, values]) => [name, values.length > 1 || isList.has(name) ? values : values[0]]),
  );
}

function entryOf({ children }: XmlElement): [string, unknown] {
  const part = (name: string) => children.find((child) => child.name === name);
  const value = part('value');
  return [part('key')?.text ?? '', value === undefined ? null : jsonOf(value)];
}

/** Without a prototype: any name is a name. */
const objectOf = (members: readonly (readonly [string, unknown])[]): object =>
  Object.assign(Object.create(null), Object.fromEntries(members));
