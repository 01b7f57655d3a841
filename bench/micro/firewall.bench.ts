// What a web ACL costs a request: realistic rules together, and each kind by itself.
// Run: node bench/micro/firewall.bench.ts
// Promise: an ACL of addresses, a rate, paths, agents and sizes at most 5 us; with SQLi and XSS on two arguments 50 us.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemClock } from '../../src/base/clock.ts';
import type { IncomingRequest } from '../../src/exchange/downstream.ts';
import type { Phase } from '../../src/exchange/phase.ts';
import { Firewalls } from '../../src/firewall/index.ts';
import { openThrottle } from '../../src/gateway/throttle/throttle.ts';
import type { FirewallRule, WebAcl } from '../../src/resources/index.ts';
import { bytes, ipSet, patternSet, rule, transformed, webAcl } from '../../test/firewall/support.ts';
import { downstreamOf, exchangesOf, measureGate } from './gate-requests.ts';

const addresses = Array.from({ length: 64 }, (_, i) => `203.0.113.${i}`);
const agents = [
  'curl/8.5.0',
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0',
];

const requests = Array.from(
  { length: 1_024 },
  (_, i): IncomingRequest => ({
    method: 'GET',
    path: `/test/pets/${i}/photos`,
    query: `name=O%27Brien+${i}&sort=-created&page=${i}`,
    headers: [
      'host',
      'api.example.com',
      'user-agent',
      agents[i % 2]!,
      'accept',
      '*/*',
      'cookie',
      `session=${i}abc; theme=dark`,
    ],
    downstream: downstreamOf(addresses[i % 64]!),
  }),
);

const bad = ipSet(
  'bad',
  Array.from({ length: 5_000 }, (_, i) => `10.${i >> 8}.${i & 255}.0/24`),
);
const scanners = patternSet('scanners', '(?i)sqlmap|nikto|nessus', '(?i)masscan|zgrab');
const agent = { SingleHeader: { Name: 'user-agent' } };
const uri = { UriPath: {} };
const query = { QueryString: {} };
const values = { AllQueryArguments: {} };
const reference = { IPSetReferenceStatement: { ARN: bad.ARN } };
const rate = {
  RateBasedStatement: { Limit: 2_000_000_000, EvaluationWindowSec: 60, AggregateKeyType: 'IP' },
};
const agentsRule = {
  RegexPatternSetReferenceStatement: {
    ARN: scanners.ARN,
    FieldToMatch: agent,
    TextTransformations: transformed('NONE'),
  },
};
const paths = {
  RegexMatchStatement: {
    RegexString: '/(?:\\.git|\\.env|wp-admin|phpmyadmin)(?:/|$)',
    FieldToMatch: uri,
    TextTransformations: transformed('URL_DECODE', 'LOWERCASE'),
  },
};
const long = {
  SizeConstraintStatement: {
    FieldToMatch: query,
    ComparisonOperator: 'GT',
    Size: 4_096,
    TextTransformations: transformed('NONE'),
  },
};
const admin = bytes('/admin', uri, 'CONTAINS', transformed('URL_DECODE', 'LOWERCASE'));
const sqli = { SqliMatchStatement: { FieldToMatch: values, TextTransformations: transformed('URL_DECODE') } };
const xss = {
  XssMatchStatement: {
    FieldToMatch: values,
    TextTransformations: transformed('URL_DECODE', 'HTML_ENTITY_DECODE'),
  },
};

const realistic = [reference, rate, agentsRule, paths, admin, long];
const ruled = (statements: readonly unknown[]): FirewallRule[] =>
  statements.map((statement, i) => rule(`r${i}`, i, statement));

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-bench-'));
const { throttle } = openThrottle({ file: path.join(folder, 'counters'), processes: 1 });
const tools = { clock: systemClock, settle: () => {} };

function phaseOf(acl: WebAcl): Phase {
  const firewalls = new Firewalls({
    dataDir: folder,
    counters: throttle,
    processes: 1,
    report: (line) => process.stderr.write(`${line}\n`),
  });
  firewalls.adopt({
    firewall: { webAcls: [acl], ipSets: [bad], regexPatternSets: [scanners], ruleGroups: [] },
  });
  return firewalls.phaseOf(acl.ARN, tools);
}

const measure = (name: string, statements: readonly unknown[]): number =>
  measureGate(name, phaseOf(webAcl(ruled(statements))), () => exchangesOf(requests));

measure('no rule', []);
measure('IP set of 5,000 ranges', [reference]);
measure('rate by address, native buckets', [rate]);
measure('two expressions in the user agent', [agentsRule]);
measure('an expression in the path, decoded', [paths]);
measure('a text in the path, decoded', [admin]);
measure('the length of the query', [long]);
measure('SQLi in three arguments', [sqli]);
measure('XSS in three arguments', [xss]);
const without = measure('realistic: all but SQLi and XSS', realistic);
const whole = measure('realistic, with SQLi and XSS', [...realistic, sqli, xss]);
for (const [promise, ns, max] of [
  ['a web ACL of addresses, a rate, paths, agents and sizes at most 5 us', without, 5_000],
  ['with SQLi and XSS in three arguments at most 50 us', whole, 50_000],
] as const)
  process.stdout.write(
    `CLAIM ${JSON.stringify({ promise, measured: `${(ns / 1_000).toFixed(1)} us`, verdict: ns <= max ? 'met' : 'missed' })}\n`,
  );
throttle.close();
rmSync(folder, { recursive: true, force: true });
