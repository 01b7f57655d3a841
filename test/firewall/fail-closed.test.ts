// Nothing fails open: whatever request meets whatever rules is allowed, blocked, or refused with a reason; and where a
// part of the machine is missing, rules that need it are not passed over.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { failures } from '../../src/exchange/gateway-response.ts';
import { judge } from '../../src/firewall/firewall.ts';
import { compileWebAcl, Firewalls, type FirewallTools, RateBudget } from '../../src/firewall/index.ts';
import { RateKeys } from '../../src/firewall/rate-keys.ts';
import { loadAddon } from '../../src/gateway/throttle/native.ts';
import { openThrottle } from '../../src/gateway/throttle/throttle.ts';
import fc, { runs } from '../support/properties.ts';
import { exchangeOf, free, loaded, patternSets, phaseTools, references, sets } from './exchange.ts';
import { bytes, none, rule, ruleGroup, transformed, visibility, webAcl } from './support.ts';

const header = fc.tuple(
  fc.constantFrom('cookie', 'x-forwarded-for', 'content-type', 'x-a', 'user-agent'),
  fc.oneof(fc.string({ maxLength: 40 }), fc.ipV4(), fc.ipV6(), fc.constantFrom('a=b; evil=1', ',,,', '=;=')),
);
const request = fc.record({
  method: fc.constantFrom('GET', 'POST', 'X-ODD'),
  path: fc.webPath().map((text) => `/test${text}`),
  query: fc.oneof(
    fc.webQueryParameters(),
    fc.string({ unit: fc.constantFrom('&', '=', '%', '+', 'a', '%2') }),
  ),
  headers: fc.array(header, { maxLength: 8 }).map((pairs) => ['host', 'x', ...pairs.flat()]),
});
const body = fc.option(
  fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.json().map((text) => Buffer.from(text)),
  ),
);

const all = { All: {} };
const anyField = fc.constantFrom<unknown>(
  { UriPath: {} },
  { QueryString: {} },
  { Method: {} },
  { AllQueryArguments: {} },
  { SingleQueryArgument: { Name: 'a' } },
  { SingleHeader: { Name: 'user-agent' } },
  { Headers: { MatchPattern: all, MatchScope: 'ALL', OversizeHandling: 'CONTINUE' } },
  { Cookies: { MatchPattern: all, MatchScope: 'ALL', OversizeHandling: 'MATCH' } },
  { Body: {} },
  { JsonBody: { MatchPattern: all, MatchScope: 'ALL', InvalidFallbackBehavior: 'EVALUATE_AS_STRING' } },
);
const anyTransformations = fc
  .array(
    fc.constantFrom('NONE', 'LOWERCASE', 'URL_DECODE', 'HTML_ENTITY_DECODE', 'BASE64_DECODE', 'JS_DECODE'),
    { minLength: 1, maxLength: 3 },
  )
  .map((types) => transformed(...types));
const textual = fc
  .tuple(anyField, anyTransformations)
  .chain(([FieldToMatch, TextTransformations]) =>
    fc.constantFrom<unknown>(
      bytes('evil', FieldToMatch, 'CONTAINS', TextTransformations),
      { RegexMatchStatement: { RegexString: '(?i)[ae]v?i', FieldToMatch, TextTransformations } },
      { RegexPatternSetReferenceStatement: { ARN: patternSets[0]!.ARN, FieldToMatch, TextTransformations } },
      { SizeConstraintStatement: { ComparisonOperator: 'GE', Size: 9, FieldToMatch, TextTransformations } },
      ...('absent' in loaded
        ? []
        : [
            { SqliMatchStatement: { FieldToMatch, TextTransformations } },
            { XssMatchStatement: { FieldToMatch, TextTransformations } },
          ]),
    ),
  );
const ForwardedIPConfig = { HeaderName: 'x-forwarded-for', FallbackBehavior: 'NO_MATCH' };
const other = fc.constantFrom<unknown>(
  { IPSetReferenceStatement: { ARN: sets[0]!.ARN } },
  {
    IPSetReferenceStatement: {
      ARN: sets[0]!.ARN,
      IPSetForwardedIPConfig: { ...ForwardedIPConfig, Position: 'ANY' },
    },
  },
  { GeoMatchStatement: { CountryCodes: ['CH'], ForwardedIPConfig } },
  { LabelMatchStatement: { Scope: 'NAMESPACE', Key: 'awswaf:clientip:' } },
);
const statement = fc.letrec((tie) => ({
  node: fc.oneof(
    { depthSize: 'small' },
    textual,
    other,
    fc.record({ NotStatement: fc.record({ Statement: tie('node') }) }),
    fc.record({
      AndStatement: fc.record({ Statements: fc.array(tie('node'), { minLength: 2, maxLength: 3 }) }),
    }),
    fc.record({
      OrStatement: fc.record({ Statements: fc.array(tie('node'), { minLength: 2, maxLength: 3 }) }),
    }),
  ),
})).node;
const action = fc.constantFrom({ Allow: {} }, { Block: {} }, { Count: {} });

test('firewall: any rules judge any request: it is let on or refused, and the record says which', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(statement, action), { maxLength: 4 }),
      request,
      body,
      async (rules, given, sent) => {
        const acl = webAcl(rules.map(([one, Action], i) => rule(`r${i}`, i, one, { Action })));
        const compiled = compileWebAcl(acl, references, free);
        const exchange = exchangeOf(given, sent);
        const outcome = await judge(exchange, compiled, phaseTools);
        assert.equal(exchange.firewall?.responseCode, outcome === undefined ? 'WAF_ALLOW' : 'WAF_BLOCK');
        assert.ok(outcome === undefined || outcome === failures.wafFiltered);
      },
    ),
    { numRuns: runs(1_500) },
  );
});

/** A rule that needs what is not there; configured, it is refused, and published it is served closed. */
const missing: readonly (readonly [string, unknown, Partial<FirewallTools>])[] = [
  [
    'the Rust crate, for SQLi',
    { SqliMatchStatement: { FieldToMatch: { Body: {} }, TextTransformations: none } },
    { injection: () => 'it is not built' },
  ],
  [
    'the Rust crate, for XSS',
    { XssMatchStatement: { FieldToMatch: { Body: {} }, TextTransformations: none } },
    { injection: () => 'it is not built' },
  ],
  [
    'the table of countries',
    { GeoMatchStatement: { CountryCodes: ['CH'] } },
    { countries: () => 'there is none' },
  ],
];

for (const [what, needing, lacking] of missing)
  test(`firewall: a rule is refused without ${what}`, () => {
    assert.throws(
      () => compileWebAcl(webAcl([rule('one', 0, needing)]), references, { ...free, ...lacking }),
      {
        name: 'FirewallError',
        message: /it is not built|there is none/,
      },
    );
  });

test('firewall: a text that libinjection cannot judge refuses the request, and is told', () => {
  const failing = () => {
    throw new Error('libinjection could not judge a text');
  };
  const tools = { ...free, injection: () => ({ isSqli: failing, isXss: failing }) };
  const sqli = { SqliMatchStatement: { FieldToMatch: { QueryString: {} }, TextTransformations: none } };
  const exchange = exchangeOf({ query: 'a=b' }, null);
  assert.throws(
    () => judge(exchange, compileWebAcl(webAcl([rule('one', 0, sqli)]), references, tools), phaseTools),
    /could not judge/,
  );
  assert.deepEqual([exchange.firewall?.status, exchange.firewall?.responseCode], [500, null]);
});

test('firewall: a client whose address is not known is not let through a rule about addresses', () => {
  const byAddress = { NotStatement: { Statement: { IPSetReferenceStatement: { ARN: sets[0]!.ARN } } } };
  const compiled = compileWebAcl(webAcl([rule('one', 0, byAddress)]), references, free);
  assert.throws(
    () => judge(exchangeOf({}, null, ''), compiled, phaseTools),
    /address of the client is not known/,
  );
});

/** Lists of rules that say what cannot be done; none of them is accepted in part. */
const wrong: readonly (readonly [string, ReturnType<typeof webAcl>])[] = [
  [
    'two rules of one priority',
    webAcl([rule('a', 0, bytes('x', { UriPath: {} })), rule('b', 0, bytes('y', { UriPath: {} }))]),
  ],
  [
    'two rules of one name',
    webAcl([rule('a', 0, bytes('x', { UriPath: {} })), rule('a', 1, bytes('y', { UriPath: {} }))]),
  ],
  ['a rule without an action', webAcl([rule('a', 0, bytes('x', { UriPath: {} }), { Action: undefined })])],
  [
    'an action of two kinds',
    webAcl([rule('a', 0, bytes('x', { UriPath: {} }), { Action: { Allow: {}, Block: {} } })]),
  ],
  [
    'a rate within a Not',
    webAcl([
      rule('a', 0, {
        NotStatement: { Statement: { RateBasedStatement: { Limit: 10, AggregateKeyType: 'IP' } } },
      }),
    ]),
  ],
  [
    'a rate of 90 seconds',
    webAcl([
      rule('a', 0, { RateBasedStatement: { Limit: 10, EvaluationWindowSec: 90, AggregateKeyType: 'IP' } }),
    ]),
  ],
  ['an And of one', webAcl([rule('a', 0, { AndStatement: { Statements: [bytes('x', { UriPath: {} })] } })])],
  ['two fields', webAcl([rule('a', 0, bytes('x', { UriPath: {}, QueryString: {} }))])],
  ['a fingerprint', webAcl([rule('a', 0, bytes('x', { JA3Fingerprint: { FallbackBehavior: 'MATCH' } }))])],
  [
    'a response body that is not there',
    webAcl([
      rule('a', 0, bytes('x', { UriPath: {} }), {
        Action: { Block: { CustomResponse: { ResponseCode: 403, CustomResponseBodyKey: 'constructor' } } },
      }),
    ]),
  ],
  [
    'a header that splits an answer',
    webAcl([
      rule('a', 0, bytes('x', { UriPath: {} }), {
        Action: {
          Block: {
            CustomResponse: { ResponseCode: 403, ResponseHeaders: [{ Name: 'x', Value: 'a\r\nb: c' }] },
          },
        },
      }),
    ]),
  ],
  [
    'a rule group within a rule group',
    webAcl([
      rule('a', 0, {
        OrStatement: {
          Statements: [
            { RuleGroupReferenceStatement: { ARN: ruleGroup('g', []).ARN } },
            bytes('x', { UriPath: {} }),
          ],
        },
      }),
    ]),
  ],
  [
    'no metric name',
    webAcl([
      rule('a', 0, bytes('x', { UriPath: {} }), { VisibilityConfig: { ...visibility('a'), MetricName: '' } }),
    ]),
  ],
  ['an action Allow where only a default may stand', webAcl([], { DefaultAction: { Count: {} } })],
  ['a search for nothing', webAcl([rule('a', 0, bytes('', { UriPath: {} }))])],
  [
    'too much capacity',
    webAcl(
      Array.from({ length: 126 }, (_, i) =>
        rule(`r${i}`, i, { XssMatchStatement: { FieldToMatch: { UriPath: {} }, TextTransformations: none } }),
      ),
    ),
  ],
];

test('firewall: rules that say what cannot be done are refused', () => {
  for (const [what, acl] of wrong)
    assert.throws(() => compileWebAcl(acl, references, free), { name: 'FirewallError' }, what);
});

test('firewall: what was refused, and what has gone, holds no buckets', () => {
  let held = 0;
  const counters = { bucket: () => held++, take: () => 0, release: () => void held-- };
  const rate = rule('rate', 0, { RateBasedStatement: { Limit: 10, AggregateKeyType: 'IP' } });
  assert.throws(() => compileWebAcl(webAcl([rate, rule('bad', 1, {})]), references, { ...free, counters }));
  assert.equal(held, 0);
  const firewalls = new Firewalls({ dataDir: '/nowhere', counters, processes: 1, report: () => {} });
  const published = (...webAcls: ReturnType<typeof webAcl>[]) => ({
    firewall: { webAcls, ipSets: [], regexPatternSets: [], ruleGroups: [] },
  });
  firewalls.adopt(published(webAcl([rate])));
  assert.equal(held, 64);
  firewalls.adopt(published(webAcl([rate, rule('more', 1, bytes('x', { UriPath: {} }))])));
  assert.equal(held, 64);
  firewalls.adopt(published());
  assert.equal(held, 0);
  assert.equal(firewalls.phaseOf(webAcl([]).ARN, phaseTools)(exchangeOf({}, null)), failures.internal);
});

const addon = loadAddon();
const skip = 'absent' in addon && addon.absent;

/** Counters of two processes over one file. */
function twoProcesses(t: TestContext) {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-rates-'));
  const file = path.join(folder, 'counters');
  const opened = [0, 1].map(() => openThrottle({ file, processes: 2, prefer: 'native' }).throttle);
  t.after(() => {
    for (const throttle of opened) throttle.close();
    rmSync(folder, { recursive: true });
  });
  return opened.map(
    (counters) => new RateKeys(counters, new RateBudget(2), 'rule', { requests: 100, windowSeconds: 600 }),
  );
}

test('rate keys: the requests of one address are counted together by all processes', { skip }, (t) => {
  const [one, two] = twoProcesses(t);
  const nowNs = systemClock.monotonicNs();
  let admitted = 0;
  for (let i = 0; i < 150; i++)
    for (const keys of [one!, two!]) if (!keys.isOver('203.0.113.9', nowNs)) admitted++;
  assert.equal(admitted, 100);
});
