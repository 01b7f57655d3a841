import assert from 'node:assert/strict';
import test from 'node:test';
import type { IntegrationAnswer } from '../../src/exchange/exchange.ts';
import { jsonAnswer } from '../../src/integrations/aws-query-answer.ts';
import { parseXml } from '../../src/integrations/aws-xml.ts';
import fc from '../support/properties.ts';

const accept = ['accept', 'application/json'];
const xml = (text: string, type = 'text/xml'): IntegrationAnswer => ({
  selector: '200',
  status: 200,
  headers: ['Content-Type', type, 'Content-Length', String(Buffer.byteLength(text))],
  body: Buffer.from(text),
});

const answers: readonly [what: string, text: string, json: string][] = [
  [
    'lists of members',
    '<ListTopicsResponse xmlns="x"><ListTopicsResult><Topics><member><TopicArn>a</TopicArn></member><member><TopicArn>b</TopicArn></member></Topics></ListTopicsResult></ListTopicsResponse>',
    '{"ListTopicsResponse":{"ListTopicsResult":{"Topics":[{"TopicArn":"a"},{"TopicArn":"b"}]}}}',
  ],
  [
    'a list of one member',
    '<R><Topics>\n <member><TopicArn>a</TopicArn></member>\n</Topics></R>',
    '{"R":{"Topics":[{"TopicArn":"a"}]}}',
  ],
  [
    'maps of entries',
    '<R><Attributes><entry><key>__proto__</key><value>1</value></entry><entry><key>b</key><value/></entry></Attributes></R>',
    '{"R":{"Attributes":{"__proto__":"1","b":null}}}',
  ],
  [
    'messages of SQS, also a single one',
    '<ReceiveMessageResponse><ReceiveMessageResult><Message><Body>&lt;a&gt;&#233;&#x1F600;</Body></Message></ReceiveMessageResult></ReceiveMessageResponse>',
    '{"ReceiveMessageResponse":{"ReceiveMessageResult":{"messages":[{"Body":"<a>é😀"}]}}}',
  ],
  ['elements that repeat', '<R><a>1</a><b>x</b><a>2</a></R>', '{"R":{"a":["1","2"],"b":"x"}}'],
  [
    'errors',
    '<?xml version="1.0"?>\n<ErrorResponse xmlns="x"><Error><Type>Sender</Type><Code>NotFound</Code><Message><![CDATA[a & b]]></Message></Error><RequestId>7</RequestId></ErrorResponse>',
    '{"Error":{"Type":"Sender","Code":"NotFound","Message":"a & b"},"RequestId":"7"}',
  ],
];

for (const [what, text, json] of answers) {
  test(`AWS XML: ${what} become JSON, with its type and length`, () => {
    const { body, headers } = jsonAnswer(xml(text), accept);
    assert.equal(Buffer.from(body!).toString(), json);
    assert.deepEqual(headers, [
      'Content-Type',
      'application/json',
      'Content-Length',
      String(Buffer.byteLength(json)),
    ]);
  });
}

const untouched: readonly IntegrationAnswer[] = [
  xml('{"a":1}', 'application/json'),
  xml('<a>', 'text/xml'),
  xml('<a></b>', 'text/xml'),
  xml('<a/><b/>', 'text/xml'),
  xml('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', 'text/xml'),
  xml(`${'<a>'.repeat(100)}${'</a>'.repeat(100)}`, 'text/xml'),
  xml('<html><body>no</body></html>', 'text/html'),
  xml('', 'text/plain'),
];

for (const answer of untouched) {
  test(`AWS XML: ${Buffer.from(answer.body!).toString().slice(0, 40) || 'nothing'} stays as it is`, () => {
    assert.equal(jsonAnswer(answer, accept), answer);
  });
}

const text = fc.string({ unit: 'binary', minLength: 1 });
type Tree = readonly [name: string, children: string | readonly Tree[]];
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.tuple(
    fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,8}$/),
    fc.oneof({ maxDepth: 5 }, text, fc.array(tie('tree'), { minLength: 1, maxLength: 3 })),
  ),
}));
const escaped = (plain: string): string =>
  plain.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
const written = ([name, children]: Tree): string =>
  `<${name} a='>' b=">">${typeof children === 'string' ? escaped(children) : children.map(written).join('')}</${name}>`;
const shape = ([name, children]: Tree): unknown =>
  typeof children === 'string' ? [name, children, []] : [name, '', children.map(shape)];
const read = (element: NonNullable<ReturnType<typeof parseXml>>): unknown => [
  element.name,
  element.text,
  element.children.map(read),
];

test('AWS XML: what is written is read again', () => {
  fc.assert(
    fc.property(tree, (one) => {
      const root = parseXml(written(one));
      assert.notEqual(root, null);
      assert.deepEqual(read(root!), shape(one));
    }),
  );
});

test('AWS XML: any text is read or refused', () => {
  const pieces = fc.constantFrom(
    '<',
    '>',
    '/',
    'a',
    '<a>',
    '</a>',
    '<a/>',
    '<![CDATA[',
    ']]>',
    '<!--',
    '-->',
    '"',
    "'",
    '&',
    ';',
    '<?',
    '?>',
    ' ',
  );
  fc.assert(fc.property(fc.array(pieces, { maxLength: 60 }), (some) => void parseXml(some.join(''))));
  // Whoever backtracks here does not come back.
  for (const part of ['<a ', '<a b="', '<!--', '<?', '<![CDATA[', '<a>', '&#1;', '<a '.padEnd(64)])
    parseXml(part.repeat(100_000));
});
