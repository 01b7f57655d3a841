// What is told of rules: counts that go on, samples that are few and hold no secret, and which rule of a group it was.

import assert from 'node:assert/strict';
import test from 'node:test';
import { judge } from '../../src/firewall/firewall.ts';
import { compileWebAcl, Firewalls } from '../../src/firewall/index.ts';
import { RuleCounts, sampledHeaders } from '../../src/firewall/rule-counts.ts';
import type { IpSet, RuleGroup, SampledRequest, WebAcl } from '../../src/resources/index.ts';
import { exchangeOf, free, phaseTools, references } from './exchange.ts';
import { bytes, groupRule, ipSet, rule, ruleGroup, visibility, webAcl } from './support.ts';

const sample = (weight: number) => ({ weight }) as SampledRequest;
const tenthNs = 100e6;
const everything = bytes('/', { UriPath: {} });

test('rule counts: of requests within a tenth of a second one is kept, and how many it stands for', () => {
  const counts = new RuleCounts(visibility('m'), 'r', null);
  for (const atNs of [0, 1, tenthNs - 1, tenthNs, 3 * tenthNs]) counts.add('BLOCK', atNs, sample);
  assert.deepEqual(
    counts.samples().map(({ weight }) => weight),
    [1, 3, 1],
  );
  assert.deepEqual(counts.counts(), [['BLOCK', 5]]);
});

test('rule counts: a hundred samples are kept, the last ones, also of a rule that was changed', () => {
  const counts = new RuleCounts(visibility('m'), 'r', null);
  for (let i = 0; i < 130; i++) counts.add('COUNT', i * tenthNs, () => sample(i));
  const kept = (of: RuleCounts) =>
    of
      .samples()
      .map(({ weight }) => weight)
      .toSorted((a, b) => a - b);
  assert.deepEqual(
    kept(counts),
    Array.from({ length: 100 }, (_, i) => 30 + i),
  );
  const changed = new RuleCounts(visibility('m'), 'r', null);
  changed.take(counts);
  for (let i = 130; i < 140; i++) changed.add('COUNT', i * tenthNs, () => sample(i));
  assert.equal(changed.samples().length, 100);
  assert.ok(kept(changed).includes(139));
  assert.deepEqual(changed.counts(), [['COUNT', 140]]);
});

test('rule counts: a rule that is not sampled keeps nothing', () => {
  const quiet = { ...visibility('m'), SampledRequestsEnabled: false };
  const counts = new RuleCounts(quiet, 'r', null);
  counts.add('ALLOW', 0, () => assert.fail('it was asked for'));
  assert.deepEqual([counts.samples(), counts.counts()], [[], [['ALLOW', 1]]]);
});

test('samples: forty headers, 256 characters of each, and no secret', () => {
  const secrets = ['authorization', 'cookie', 'proxy-authorization', 'x-api-key', 'x-amz-security-token'];
  const shown = sampledHeaders(exchangeOf({ headers: secrets.flatMap((name) => [name, 'secret']) }));
  assert.deepEqual(
    shown,
    secrets.flatMap((name) => [name, 'REDACTED']),
  );
  const many = Array.from({ length: 50 }, (_, i) => [`h${i}`, 'v'.repeat(300)]).flat();
  const few = sampledHeaders(exchangeOf({ headers: many }));
  assert.deepEqual([few.length, few[1]!.length], [80, 256]);
});

const group = ruleGroup('common', [
  rule('x', 0, bytes('x', { QueryString: {} })),
  rule('y', 1, everything, { RuleLabels: [{ Name: 'y' }] }),
]);
const naming = (override: 'None' | 'Count', reference = {}) =>
  groupRule('naming', group, override, reference);
const withGroup = { ...references, ruleGroup: () => group };

/** What the sample of a rule of the group says, of one request. */
async function sampledOf(acl: WebAcl, query = ''): Promise<readonly SampledRequest[]> {
  const compiled = compileWebAcl(acl, withGroup, free);
  await judge(exchangeOf({ query }), compiled, phaseTools);
  return compiled.steps.flatMap(({ counts }) => counts.samples());
}
const told = (samples: readonly SampledRequest[]) =>
  samples.map(({ ruleWithinGroup, action, overridden }) => [ruleWithinGroup, action, overridden]);

test('samples: a rule of a group is named, with the action that another has replaced', async () => {
  assert.deepEqual(told(await sampledOf(webAcl([naming('None')]))), [['y', 'BLOCK', null]]);
  const override = { RuleActionOverrides: [{ Name: 'y', ActionToUse: { Allow: {} } }] };
  assert.deepEqual(told(await sampledOf(webAcl([naming('None', override)]))), [['y', 'ALLOW', 'BLOCK']]);
  const excluded = { ExcludedRules: [{ Name: 'y' }] };
  assert.deepEqual(told(await sampledOf(webAcl([naming('None', excluded)]))), [['y', 'COUNT', 'BLOCK']]);
  assert.deepEqual(told(await sampledOf(webAcl([naming('Count')]))), [['y', 'COUNT', 'BLOCK']]);
  // Both at once: it is the rule's own action that is told of.
  const both = webAcl([naming('Count', override)]);
  assert.deepEqual(told(await sampledOf(both)), [['y', 'COUNT', 'BLOCK']]);
});

test('firewall: a match that would have ended a group which only counts ends the group still', async () => {
  const samples = await sampledOf(webAcl([naming('Count')]), 'x');
  assert.deepEqual(told(samples), [['x', 'COUNT', 'BLOCK']]);
});

test('samples: an address of a request is kept as far as a sample holds', async () => {
  const compiled = compileWebAcl(webAcl([rule('all', 0, everything)]), references, free);
  await judge(exchangeOf({ path: `/test/${'a'.repeat(3_000)}` }), compiled, phaseTools);
  assert.equal(compiled.steps[0]!.counts.samples()[0]!.uri.length, 1_024);
});

/** Web ACLs as a process has them. */
function adopting() {
  let held = 0;
  const reported: string[] = [];
  const counters = { bucket: () => held++, take: () => 0, release: () => void held-- };
  const report = (line: string): void => void reported.push(line);
  const firewalls = new Firewalls({ dataDir: '/nowhere', counters, processes: 1, report });
  const acl = webAcl([]);
  const phase = firewalls.phaseOf(acl.ARN, phaseTools);
  return {
    firewalls,
    reported,
    held: () => held,
    adopt: (
      webAcls: readonly WebAcl[],
      ruleGroups: readonly RuleGroup[] = [],
      ipSets: readonly IpSet[] = [],
    ) => firewalls.adopt({ firewall: { webAcls, ruleGroups, ipSets, regexPatternSets: [] } }),
    ask: async (atNs = 0): Promise<number | undefined> => {
      const exchange = exchangeOf({}, null, '203.0.113.9', atNs);
      await phase(exchange);
      return exchange.firewall?.status;
    },
  };
}

test('firewall: a rule that stays goes on counting when its web ACL is changed, and one that goes is forgotten', async () => {
  const { firewalls, adopt, ask } = adopting();
  const counted = rule('counted', 0, everything, { Action: { Count: {} } });
  adopt([webAcl([counted])]);
  for (let i = 0; i < 3; i++) await ask(i * 1e9);
  adopt([webAcl([counted, rule('more', 1, bytes('never', { UriPath: {} }))])]);
  await ask(9e9);
  const figures = () => firewalls.stats().map(({ rule: name, action, count }) => [name, action, count]);
  assert.deepEqual(figures(), [
    ['counted', 'COUNT', 4],
    ['edge', 'ALLOW', 4],
  ]);
  const sampled = (metricName: string, toMs: number) =>
    firewalls.samples({ webAclArn: webAcl([]).ARN, metricName, fromMs: 0, toMs }).length;
  assert.deepEqual([sampled('counted', 0), sampled('other', 0), sampled('counted', -1)], [4, 0, 0]);
  adopt([webAcl([])]);
  assert.deepEqual(figures(), [['edge', 'ALLOW', 4]]);
});

test('firewall: a rule whose metrics are off is in none', async () => {
  const { firewalls, adopt, ask } = adopting();
  const VisibilityConfig = { ...visibility('quiet'), CloudWatchMetricsEnabled: false };
  adopt([webAcl([rule('quiet', 0, everything, { VisibilityConfig })])]);
  assert.equal(await ask(), 403);
  assert.deepEqual(firewalls.stats(), []);
});

test('firewall: a set that only a rule group names is followed, and a web ACL that is the same is left as it is', async () => {
  const { adopt, ask, held } = adopting();
  const set = (...addresses: string[]) => ipSet('set', addresses);
  const inGroup = ruleGroup('common', [rule('in', 0, { IPSetReferenceStatement: { ARN: set().ARN } })]);
  const limited = rule('rate', 9, { RateBasedStatement: { Limit: 10, AggregateKeyType: 'IP' } });
  const acl = webAcl([naming('None'), limited]);
  adopt([acl], [inGroup], [set()]);
  assert.equal(await ask(), 200);
  const before = held();
  adopt([acl], [inGroup], [set()]);
  // The bucket of the address that has asked is still there.
  assert.deepEqual([held(), before], [65, 65]);
  adopt([acl], [inGroup], [set('203.0.113.9/32')]);
  assert.equal(await ask(), 403);
});

test('firewall: a web ACL that cannot be compiled any more, or has gone, refuses every request', async () => {
  const { adopt, ask, held, reported } = adopting();
  const limited = rule('rate', 0, { RateBasedStatement: { Limit: 10, AggregateKeyType: 'IP' } });
  adopt([webAcl([limited])]);
  assert.equal(await ask(), 200);
  adopt([webAcl([limited, rule('later', 1, { LaterStatement: {} })])]);
  assert.deepEqual([await ask(), held(), reported.length], [500, 0, 1]);
  assert.match(reported[0]!, /^Web ACL ".*edge.*" cannot be evaluated: /);
  adopt([webAcl([limited])]);
  assert.equal(await ask(), 200);
  adopt([]);
  assert.deepEqual([await ask(), held()], [500, 0]);
});
