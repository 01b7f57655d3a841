// What a decision costs: identity policies of different sizes, boundaries and session policies, trust policies; and what it
// costs to open a session's token. Run: node bench/micro/policy.bench.ts
// Promise: 2 us for a decision.

import { SessionKeys } from '../../src/base/session-token.ts';
import {
  type AccessRequest,
  compilePolicy,
  decidePermissions,
  type Permissions,
} from '../../src/policy/index.ts';
import { policyOf } from '../../test/support/authorized.ts';
import { sessionKey, sessionOf } from '../../test/support/sessions.ts';

const arn = (i: number): string =>
  `arn:aws:execute-api:us-east-1:123456789012:testapi001/test/GET/pets/${i % 1_000}`;
const users = Array.from({ length: 64 }, (_, i) => `user${i}`);
const requests: AccessRequest[] = Array.from({ length: 1_024 }, (_, i) => {
  const keys = new Map([
    ['aws:username', users[i % 64]!],
    ['aws:sourceip', `203.0.113.${i % 256}`],
    ['aws:useragent', 'curl/8.5.0'],
    ['aws:principaltag/team', 'red'],
  ]);
  return { action: 'execute-api:Invoke', resource: arn(i), context: (key) => keys.get(key) };
});

const get = { Resource: 'arn:aws:execute-api:us-east-1:123456789012:testapi001/*/GET/*' };
const one = compilePolicy(policyOf(get));
const conditions = compilePolicy(
  policyOf(
    { Effect: 'Deny', Condition: { NotIpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '203.0.113.0/24'] } } },
    { Effect: 'Deny', Resource: 'arn:aws:execute-api:*:*:*/admin/*' },
    {
      ...get,
      Condition: {
        StringEquals: { 'aws:PrincipalTag/team': ['blue', 'red'] },
        StringLike: { 'aws:UserAgent': 'curl/*' },
      },
    },
  ),
);
// biome-ignore-start lint/suspicious/noTemplateCurlyInString: the syntax is that of AWS
const variables = compilePolicy(
  policyOf(
    {
      Resource: 'arn:aws:execute-api:us-east-1:*:testapi001/*/GET/pets/*',
      Condition: { StringLike: { 'aws:username': 'user*' } },
    },
    { Effect: 'Deny', Resource: 'arn:aws:execute-api:*:*:*/GET/private/${aws:username}/*' },
  ),
);
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: the syntax is that of AWS
const others = Array.from({ length: 10 }, (_, i) =>
  compilePolicy(policyOf({ Resource: `arn:aws:execute-api:us-east-1:123456789012:other${i}/*/POST/*` })),
);

const cases: readonly [string, Permissions][] = [
  ['one statement', { policies: [one], limits: [] }],
  ['three statements, four conditions', { policies: [conditions], limits: [] }],
  ['two statements, a variable', { policies: [variables], limits: [] }],
  ['eleven policies, the last allows', { policies: [...others, one], limits: [] }],
  ['three statements, boundary and session policy', { policies: [conditions], limits: [[one], [variables]] }],
];

const rounds = 15;
const perRound = 50_000;

function measure(name: string, act: (i: number) => unknown, count = perRound): void {
  const times: number[] = [];
  let escaped: unknown;
  for (let round = 0; round < rounds + 5; round++) {
    const start = process.cpuUsage();
    for (let i = 0; i < count; i++) escaped = act(i);
    const { user, system } = process.cpuUsage(start);
    if (round >= 5) times.push(((user + system) * 1_000) / count);
  }
  if (escaped === undefined) throw new Error(name);
  times.sort((a, b) => a - b);
  const [least, median, most] = [times[0]!, times[rounds >> 1]!, times.at(-1)!].map((ns) => ns.toFixed(0));
  process.stdout.write(`${name.padEnd(52)} ${median!.padStart(6)} ns  (${least} to ${most})\n`);
}

// All shapes first, so that call sites are as mixed as in life.
for (let i = 0; i < 20_000; i++)
  for (const [name, permissions] of cases)
    if (decidePermissions(permissions, requests[i % 1_024]!) !== 'allow') throw new Error(name);
for (const [name, permissions] of cases)
  measure(`policy: ${name}`, (i) => decidePermissions(permissions, requests[i % 1_024]!));

const keys = new SessionKeys([sessionKey]);
const tokens = Array.from({ length: 64 }, () => sessionOf().sessionToken);
measure('session token: opened', (i) => keys.open(tokens[i % 64]!), 5_000);
measure('session token: made', () => sessionOf(), 5_000);
