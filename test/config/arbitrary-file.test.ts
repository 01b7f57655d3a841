import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { ConfigError, readConfig } from '../../src/config/index.ts';
import fc from '../support/properties.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-arbitrary-'));
test.after(() => rmSync(folder, { recursive: true }));

/** A file is read, or refused in lines that each begin with a place in it. */
function readOrRefuse(text: string): void {
  writeFileSync(path.join(folder, 'sluice.yaml'), text);
  try {
    readConfig({ environment: {}, flags: {}, folder });
  } catch (error) {
    assert.ok(error instanceof ConfigError, `${error instanceof Error ? error.stack : error}`);
    for (const problem of error.problems) assert.match(problem, /^sluice\.yaml:\d+:\d+: \S/);
  }
}

/** Names that lead deep into the sections, and those that no table may be fooled by. */
const names = fc.constantFrom(
  ...[
    'pools',
    'services',
    'roles',
    'functions',
    'a',
    'orders',
    'targets',
    'address',
    'weight',
    'healthCheck',
  ],
  ...[
    'outlierDetection',
    'caFile',
    'proxy',
    'sqs',
    'endpoint',
    'arn:aws:iam::000000000000:role/r',
    'accessKeyId',
  ],
  ...[
    'credentialsFile',
    'secretAccessKeyVariable',
    'runtime',
    'handler',
    'code',
    'environment',
    'aliases',
    'variable',
  ],
  ...['__proto__', 'constructor', 'toString', '', '0', 'port', 'upstream'],
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 6 },
    fc.oneof(fc.integer(), fc.boolean(), fc.constant(null), fc.string(), names),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.array(fc.tuple(names, tie('value')), { maxLength: 4 }).map((members) => ({ members })),
  ),
}));

/** Not an object's own `__proto__` is lost, as JSON.stringify would lose it. */
function written(of: unknown): string {
  if (Array.isArray(of)) return `[${of.map(written).join(', ')}]`;
  if (typeof of !== 'object' || of === null) return JSON.stringify(of);
  const { members } = of as { members: [string, unknown][] };
  const unique = [...new Map(members)];
  return `{${unique.map(([name, one]) => `${JSON.stringify(name)}: ${written(one)}`).join(', ')}}`;
}

test('config: whatever sections say is read, or refused with its place', () => {
  const sections = fc.constantFrom('pools', 'services', 'roles', 'functions');
  fc.assert(
    fc.property(sections, value, (section, content) => readOrRefuse(`${section}: ${written(content)}\n`)),
    { numRuns: 500 },
  );
});

test('config: any text is read, or refused with its place', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => readOrRefuse(`pools: ${text}`)),
    { numRuns: 500 },
  );
});

for (const [what, text] of [
  ['contains itself', 'pools: { a: { targets: ["a:1"], balance: &b [*b] } }'],
  ['contains itself in a setting', 'port: &p [*p]'],
  ['is a section that contains itself', 'pools: &p { a: *p }'],
  ['names what is nowhere', 'pools: *nowhere'],
  [
    'multiplies without end',
    `functions: { f: { runtime: [&a [x,x,x,x,x,x,x,x], &b [*a,*a,*a,*a,*a,*a,*a,*a], &c [*b,*b,*b,*b,*b,*b,*b,*b], &d [*c,*c,*c,*c,*c,*c,*c,*c], *d, *d, *d] } }`,
  ],
] as const)
  test(`config: a value that ${what} is refused with its place`, () => {
    writeFileSync(path.join(folder, 'sluice.yaml'), text);
    assert.throws(
      () => readConfig({ environment: {}, flags: {}, folder }),
      (error) =>
        error instanceof ConfigError && error.problems.every((line) => line.startsWith('sluice.yaml:1:')),
    );
  });
