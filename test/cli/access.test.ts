import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { momentOf } from '../../src/cli/audit.ts';
import { AuditLog } from '../../src/observability/audit-log.ts';
import type { Printed } from './lines-main.ts';
import { runLines } from './run-lines.ts';

function folder(t: { after(work: () => unknown): void }): string {
  const path = mkdtempSync(join(tmpdir(), 'sluice-cli-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const runOne = (dataDir: string, line: string): Printed => runLines(dataDir, [line])[0]!;

const document = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Action: 'apigateway:GET', Resource: '*' },
});

test('sluice iam: users, keys and policies are made and shown', (t) => {
  const dataDir = folder(t);
  const file = join(dataDir, 'reads.json');
  writeFileSync(file, document);
  const [none, ann, bob, policy, shown, all, key, list, keys] = runLines(dataDir, [
    'iam user list',
    'iam user add ann --administrator --key',
    'iam user add bob',
    `iam policy put bob reads ${file}`,
    'iam policy show bob reads',
    'iam policy show bob --json',
    'iam key create bob --json',
    'iam user list',
    'iam key list',
  ]) as [Printed, Printed, Printed, Printed, Printed, Printed, Printed, Printed, Printed];
  assert.deepEqual(none, {
    exit: 0,
    out: 'There is no user; "sluice start" makes the first one.\n',
    err: '',
  });
  assert.match(
    ann.out,
    /^User ann is there\.\nThe secret is shown this once:\n\n {2}aws configure set aws_access_key_id AKIA[A-Z0-9]{16}\n {2}aws configure set aws_secret_access_key \S{40}\n$/,
  );
  assert.match(
    bob.out,
    /^User bob is there\.\nThey may do nothing yet: sluice iam policy put bob NAME FILE\.json\n$/,
  );
  assert.equal(policy.out, 'User bob has the policy reads, from the next call on.\n');
  assert.equal(shown.out, `${document}\n`);
  assert.deepEqual(JSON.parse(all.out), { reads: document });
  const { accessKeyId, secretAccessKey } = JSON.parse(key.out);
  assert.equal(secretAccessKey.length, 40);
  const annKey = /AKIA[A-Z0-9]{16}/.exec(ann.out)![0];
  const lines = list.out.split('\n');
  assert.match(lines[0]!, /^user +policies +keys +created$/);
  assert.match(lines[1]!, new RegExp(`^ann +AdministratorAccess +${annKey} +\\d{4}-`));
  assert.match(lines[2]!, new RegExp(`^bob +reads +${accessKeyId} +\\d{4}-`));
  assert.ok(keys.out.includes(annKey) && keys.out.includes(accessKeyId));
  assert.ok(!keys.out.includes(secretAccessKey));
});

test('sluice iam: keys are disabled, enabled and removed, policies and users removed', (t) => {
  const dataDir = folder(t);
  const [, key] = runLines(dataDir, ['iam user add bob --read-only', 'iam key create bob --json']);
  const id = JSON.parse(key!.out).accessKeyId;
  const printed = runLines(dataDir, [
    `iam key disable ${id}`,
    'iam key list bob',
    `iam key enable ${id}`,
    `iam key remove ${id}`,
    'iam key list',
    'iam policy remove bob ReadOnlyAccess',
    'iam policy show bob',
    'iam user remove bob',
    'iam user list --json',
  ]).map(({ out }) => out);
  assert.match(printed[1]!, new RegExp(`\n${id} +bob +Inactive +`));
  printed.splice(1, 1);
  assert.deepEqual(printed, [
    `Key ${id} of bob is inactive.\n`,
    `Key ${id} of bob is active.\n`,
    `Key ${id} of bob is gone.\n`,
    'There is no key: sluice iam key create USER\n',
    'User bob no longer has the policy ReadOnlyAccess.\n',
    'The user bob has no policy and may do nothing.\n',
    'User bob and all keys of that user are gone.\n',
    '[]\n',
  ]);
});

test('sluice iam: what cannot be done is told in one line', (t) => {
  const dataDir = folder(t);
  const file = join(dataDir, 'bad.json');
  writeFileSync(file, '{"Version":"2012-10-17"}');
  const refused: [line: string, message: RegExp][] = [
    ['iam user remove ann', /^error: Nobody would be left who can do everything: .*\n$/],
    ['iam user add ann', /^error: User with name ann already exists\.\n$/],
    ['iam user add bob --administrator --read-only', /^error: .* exclude each other\n$/],
    ['iam key create eve', /^error: The user with name eve cannot be found\.\n$/],
    [`iam policy put ann p ${file}`, /^error: The policy has no Statement\n$/],
    ['iam policy put ann p none.json', /^error: Cannot read "none\.json": ENOENT\n$/],
    ['iam policy show ann p', /^error: The user ann has no policy "p"\n$/],
    ['audit --since yesterday', /^error: "yesterday" is no time: expected 2024-01-31, /],
  ];
  const lines = refused.map(([line]) => line);
  const printed = runLines(dataDir, ['iam user add ann --administrator --key', ...lines]).slice(1);
  for (const [i, [line, message]] of refused.entries()) {
    const { exit, out, err } = printed[i]!;
    assert.deepEqual([exit, out], [1, ''], line);
    assert.match(err, message);
  }
});

test('sluice iam: a name is that of a group or of a role, not of both', (t) => {
  const lines = ['put x p p.json', 'remove x p', 'show x', 'attach x p', 'detach x p'].map(
    (line) => `iam policy ${line} --group --role`,
  );
  for (const { exit, out, err } of runLines(folder(t), lines)) {
    assert.deepEqual([exit, out], [2, '']);
    assert.match(err, /^error: option '--group' cannot be used with option '--role'\n/);
  }
});

test('sluice audit: calls are shown as a table, newest last, and whole as JSON', (t) => {
  const dataDir = folder(t);
  const log = new AuditLog({ logsDir: join(dataDir, 'logs'), nowMs: Date.now, report: () => {} });
  const identity = { type: 'IAMUser', userName: 'ann' };
  const records = [
    {
      userIdentity: identity,
      eventTime: '2024-01-02T03:04:05Z',
      eventSource: 'apigateway.amazonaws.com',
      eventName: 'CreateStage',
      sourceIPAddress: '203.0.113.7',
      requestParameters: { restApiId: 'abc', createStageInput: { stageName: 'prod' } },
    },
    {
      userIdentity: { type: 'Unknown' },
      eventTime: '2024-01-02T03:04:06Z',
      eventSource: 'apigateway.amazonaws.com',
      eventName: 'GetRestApis',
      sourceIPAddress: '203.0.113.8',
      errorCode: 'UnrecognizedClientException',
      errorMessage: 'The token is\u001b[2J invalid.',
      requestParameters: null,
    },
  ];
  for (const record of records) log.append(JSON.stringify(record));
  log.close();
  assert.equal(
    runOne(dataDir, 'audit').out,
    [
      'time                  user  from         event        on             result',
      '2024-01-02T03:04:05Z  ann   203.0.113.7  CreateStage  restApiId=abc  ok',
      '2024-01-02T03:04:06Z  -     203.0.113.8  GetRestApis                 UnrecognizedClientException: The token is?[2J invalid.',
      '',
    ].join('\n'),
  );
  const json = (line: string): unknown[] =>
    runOne(dataDir, `audit --json ${line}`)
      .out.split('\n')
      .filter((text) => text !== '')
      .map((text) => JSON.parse(text));
  assert.deepEqual(json('--limit 5'), records);
  assert.deepEqual(json('--user ann'), [records[0]]);
  assert.deepEqual(json('--errors --since 2024-01-02 --until 2024-01-03'), [records[1]]);
  assert.deepEqual(json('--event Create*'), [records[0]]);
  assert.equal(runOne(dataDir, 'audit --since 1s').out, 'No call is recorded that matches.\n');
});

test('sluice audit: a time is a moment or how long ago', () => {
  const nowMs = Date.UTC(2024, 0, 31, 12);
  const cases: [text: string, ms: number][] = [
    ['2024-01-31', Date.UTC(2024, 0, 31)],
    ['2024-01-31T12:00:00Z', nowMs],
    ['2024-01-31T13:00:00+01:00', nowMs],
    ['90s', nowMs - 90_000],
    ['30m', nowMs - 1_800_000],
    ['12h', nowMs - 43_200_000],
    ['7d', nowMs - 604_800_000],
  ];
  for (const [text, ms] of cases) assert.equal(momentOf(text, nowMs), ms, text);
  for (const text of ['', 'now', '7', '7w', '-1d', '2024', '2024-13-01'])
    assert.throws(() => momentOf(text, nowMs), { name: 'CommandError' });
});

test('sluice iam: what was done to users is in the audit log, without the secret', (t) => {
  const dataDir = folder(t);
  const [, key, refused, listed] = runLines(dataDir, [
    'iam user add ann --administrator',
    'iam key create ann --json',
    'iam user remove ann',
    'audit --json',
  ]) as [Printed, Printed, Printed, Printed];
  assert.equal(refused.exit, 1);
  const records = listed.out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    records.map(({ eventSource, eventName, errorCode, userIdentity }) => [
      eventSource,
      eventName,
      errorCode,
      userIdentity.type,
    ]),
    [
      ['iam.amazonaws.com', 'CreateUser', undefined, 'Root'],
      ['iam.amazonaws.com', 'CreateAccessKey', undefined, 'Root'],
      ['iam.amazonaws.com', 'DeleteUser', 'DeleteConflict', 'Root'],
    ],
  );
  const { accessKeyId, secretAccessKey } = JSON.parse(key.out);
  assert.equal(records[1].responseElements.accessKeyId, accessKeyId);
  assert.ok(!listed.out.includes(secretAccessKey));
  assert.match(records[0].userIdentity.userName, /^local:/);
});

test('sluice iam: groups, roles and managed policies are made, given, shown and removed', (t) => {
  const dataDir = folder(t);
  const [reads, trust] = [join(dataDir, 'reads.json'), join(dataDir, 'trust.json')];
  writeFileSync(reads, document);
  const principal = { AWS: 'arn:aws:iam::000000000000:root' };
  writeFileSync(
    trust,
    JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: principal },
    }),
  );
  const told = runLines(dataDir, [
    'iam group list',
    'iam user add ann',
    'iam group add readers',
    `iam policy put --group readers reads ${reads}`,
    'iam group join readers ann',
    'iam user list',
    'iam group list',
    `iam role add deploy --trust ${trust} --max-session 7200`,
    `iam policy put deploy reads ${reads} --role`,
    'iam policy attach deploy AdministratorAccess --role',
    'iam role list --json',
    'iam policy show deploy --role',
    `iam managed put team ${reads}`,
    ...Array.from({ length: 6 }, () => `iam managed put team ${reads}`),
    `iam managed put team ${trust}`,
    'iam managed list --json',
    'iam policy attach ann team',
    'iam managed remove team',
    'iam policy detach ann team',
    'iam managed remove team',
    'iam policy attach ann nobodys',
    `iam role trust deploy ${reads}`,
    'iam role remove deploy',
    'iam group remove readers',
    'iam session end-all',
    'iam role list',
  ]);
  const out = told.map((one) => (one.exit === 0 ? one.out : `${one.exit}: ${one.err}`).trimEnd());
  const arn = 'arn:aws:iam::000000000000';
  assert.deepEqual(out.slice(0, 5), [
    'There is no group: sluice iam group add NAME',
    'User ann is there.\nThey may do nothing yet: sluice iam policy put ann NAME FILE.json',
    'Group readers is there.\nIts users may do nothing more yet: sluice iam policy put --group readers NAME FILE.json',
    'Group readers has the policy reads, from the next call on.',
    'User ann is now in the group readers.',
  ]);
  assert.match(out[5]!, /\nann +\(group readers\) +- +\d{4}-/);
  assert.match(out[6]!, /\nreaders +ann +reads +\d{4}-/);
  assert.match(out[7]!, /^Role deploy is there: arn:aws:iam::000000000000:role\/deploy\n/);
  assert.deepEqual(
    JSON.parse(out[10]!).map(({ created: _, ...role }: Record<string, string>) => role),
    [{ role: 'deploy', policies: 'reads, AdministratorAccess', arn: `${arn}:role/deploy` }],
  );
  assert.equal(out[11], `reads\n${document}\nattached: arn:aws:iam::aws:policy/AdministratorAccess`);
  assert.equal(out[12], `Policy team is there: ${arn}:policy/team`);
  assert.equal(out[18], 'Policy team has the version v7, from the next call on.');
  assert.match(out[19]!, /^1: error: /);
  assert.deepEqual(
    JSON.parse(out[20]!).find(({ policy }: Record<string, string>) => policy === 'team'),
    { policy: 'team', version: 'v7', attached: 0, arn: `${arn}:policy/team` },
  );
  assert.deepEqual(out.slice(21), [
    `User ann has ${arn}:policy/team.`,
    '1: error: The policy team is attached: sluice iam policy detach NAME team',
    `User ann no longer has ${arn}:policy/team.`,
    'Policy team is gone.',
    '1: error: There is no managed policy "nobodys": see sluice iam managed list',
    '1: error: Statement 1 has prohibited field Resource',
    'Role deploy is gone, and its sessions have ended.',
    'Group readers is gone.',
    'All temporary credentials that there were are refused from now on.',
    'There is no role: sluice iam role add NAME --trust FILE.json',
  ]);
});
