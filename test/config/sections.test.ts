import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { functionFields } from '../../src/config/functions.ts';
import {
  backendSettings,
  ConfigError,
  type Environment,
  functionEnvironment,
  type ProcessConfig,
  readConfig,
  settingsHash,
} from '../../src/config/index.ts';
import { introspectionFields } from '../../src/config/introspection.ts';
import { healthCheckFields, outlierFields, poolFields } from '../../src/config/pools.ts';
import { credentialsFileFields, keyFields, variableFields } from '../../src/config/roles.ts';
import { serviceFields } from '../../src/config/services.ts';

/** What must never be seen in a message. */
const secret = 'hunter2hunter2';

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-sections-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

function readIn(folder: string, file: string, environment: Environment = {}): ProcessConfig {
  writeFileSync(path.join(folder, 'sluice.yaml'), file);
  return readConfig({ environment, flags: {}, folder });
}

const read = (t: TestContext, file: string, environment: Environment = {}): ProcessConfig =>
  readIn(folderOf(t), file, environment);

const noPorts = { slowStartMs: 0, connectionsMax: 256, queuedMax: 1024, drainMs: 300_000 };
const outlierDefaults = {
  consecutiveFailures: 5,
  baseEjectionMs: 30_000,
  maxEjectionMs: 300_000,
  maxEjectedPercent: 50,
};

test('sections: a pool of addresses alone has every default', (t) => {
  const config = read(t, 'pools:\n  orders:\n    targets: ["10.0.0.1:80", "[::1]:81", unix:/run/a.sock]\n');
  assert.deepEqual(backendSettings(config).pools, [
    {
      name: 'orders',
      targets: [
        { address: '10.0.0.1:80', weight: 1 },
        { address: '[::1]:81', weight: 1 },
        { address: 'unix:/run/a.sock', weight: 1 },
      ],
      balance: 'roundRobin',
      healthCheck: null,
      outlierDetection: outlierDefaults,
      ...noPorts,
      retryBudgetPercent: 20,
      ca: null,
      proxy: null,
    },
  ]);
});

test('sections: everything that a pool can say reaches the published settings', (t) => {
  const config = read(
    t,
    `
pools:
  a:
    targets: [{ address: "srv:_http._tcp.a.internal", weight: 3 }]
    balance: leastOutstanding
    healthCheck: { protocol: http, path: /up, port: 9000, intervalMs: 500, timeoutMs: 400, healthyThreshold: 1, unhealthyThreshold: 4, matcher: "200,204" }
    outlierDetection: { consecutiveFailures: 2, baseEjectionMs: 10, maxEjectionMs: 20, maxEjectedPercent: 100 }
    slowStartMs: 1
    connectionsMax: 2
    queuedMax: 3
    drainMs: 4
    retryBudgetPercent: 5
    proxy: http://proxy.internal:3128/
`,
  );
  assert.deepEqual(backendSettings(config).pools, [
    {
      name: 'a',
      targets: [{ address: 'srv:_http._tcp.a.internal', weight: 3 }],
      balance: 'leastOutstanding',
      healthCheck: {
        protocol: 'http',
        path: '/up',
        port: 9000,
        intervalMs: 500,
        timeoutMs: 400,
        healthyThreshold: 1,
        unhealthyThreshold: 4,
        matcher: '200,204',
      },
      outlierDetection: {
        consecutiveFailures: 2,
        baseEjectionMs: 10,
        maxEjectionMs: 20,
        maxEjectedPercent: 100,
      },
      slowStartMs: 1,
      connectionsMax: 2,
      queuedMax: 3,
      drainMs: 4,
      retryBudgetPercent: 5,
      ca: null,
      proxy: 'http://proxy.internal:3128',
    },
  ]);
});

test('sections: an empty health check is one with every default', (t) => {
  const { pools } = read(t, 'pools: { a: { targets: ["a:1"], healthCheck: {} } }');
  assert.deepEqual(pools[0]?.healthCheck, {
    protocol: 'tcp',
    path: '/',
    port: null,
    intervalMs: 10_000,
    timeoutMs: 5_000,
    healthyThreshold: 3,
    unhealthyThreshold: 2,
    matcher: '200-399',
  });
});

test('sections: services are URLs, or an endpoint with a signing name', (t) => {
  const config = read(
    t,
    'services:\n  dynamodb: http://127.0.0.1:8000/\n  monitoring: { endpoint: "https://{region}.aws.test/x", signingName: cw }\n',
  );
  assert.deepEqual(backendSettings(config).services, [
    { service: 'dynamodb', endpoint: 'http://127.0.0.1:8000', signingName: null },
    { service: 'monitoring', endpoint: 'https://{region}.aws.test/x', signingName: 'cw' },
  ]);
});

const role = (name: string): string => `arn:aws:iam::000000000000:role/${name}`;

test('sections: keys of roles stand in the file, in variables, or in a credentials file', (t) => {
  const folder = folderOf(t);
  writeFileSync(
    path.join(folder, 'credentials'),
    `# ours\n[default]\naws_access_key_id=A1\naws_secret_access_key = S1\n\n[temporary]\naws_access_key_id = A2\r\naws_secret_access_key = S=2\naws_session_token = T2\n`,
  );
  const config = readIn(
    folder,
    `roles:
  "${role('plain')}": { accessKeyId: A, secretAccessKey: S, sessionToken: T }
  "${role('variables')}": { accessKeyIdVariable: SLUICE_DDB_ID, secretAccessKeyVariable: DDB_SECRET }
  "${role('file')}": { credentialsFile: credentials }
  "${role('profile')}": { credentialsFile: credentials, profile: temporary }
`,
    { SLUICE_DDB_ID: 'A', DDB_SECRET: 'S' },
  );
  assert.deepEqual(backendSettings(config, { SLUICE_DDB_ID: 'A3', DDB_SECRET: 'S3' }).roles, [
    { roleArn: role('plain'), accessKeyId: 'A', secretAccessKey: 'S', sessionToken: 'T' },
    { roleArn: role('variables'), accessKeyId: 'A3', secretAccessKey: 'S3', sessionToken: null },
    { roleArn: role('file'), accessKeyId: 'A1', secretAccessKey: 'S1', sessionToken: null },
    { roleArn: role('profile'), accessKeyId: 'A2', secretAccessKey: 'S=2', sessionToken: 'T2' },
  ]);
});

test('sections: functions have defaults, absolute code, aliases and an environment', (t) => {
  const folder = folderOf(t);
  const { functions } = readIn(
    folder,
    `functions:
  small: { runtime: provided.al2023, code: a.zip }
  greeting:
    runtime: nodejs24.x
    handler: app.handler
    code: ./greeting
    timeout: 10
    memory: 256
    reservedConcurrency: 5
    environmentConcurrency: 64
    allowApis: false
    environment: { TABLE: pets, TOKEN: { variable: OUR_TOKEN } }
    aliases: { prod: 1, beta: $LATEST }
`,
  );
  const [small, greeting] = functions;
  assert.deepEqual(small, {
    name: 'small',
    key: 'functions.small',
    where: 'sluice.yaml:2:10',
    runtime: 'provided.al2023',
    handler: null,
    code: path.join(folder, 'a.zip'),
    timeout: 3,
    memory: 128,
    reservedConcurrency: null,
    environmentConcurrency: 1,
    allowApis: true,
    environment: [],
    aliases: [],
  });
  assert.equal(greeting!.code, path.join(folder, 'greeting'));
  assert.deepEqual([greeting!.reservedConcurrency, greeting!.environmentConcurrency], [5, 64]);
  assert.deepEqual(
    greeting!.aliases.map(({ name, version }) => [name, version]),
    [
      ['prod', '1'],
      ['beta', '$LATEST'],
    ],
  );
  assert.deepEqual(functionEnvironment(greeting!, { OUR_TOKEN: 'x' }), { TABLE: 'pets', TOKEN: 'x' });
});

test('sections: data planes are the same processes whatever the sections say', (t) => {
  const folder = folderOf(t);
  const before = settingsHash(readIn(folder, 'port: 1\n'));
  const after = settingsHash(readIn(folder, 'port: 1\nservices: { sqs: "http://127.0.0.1:1" }\n'));
  assert.equal(after, before);
});

const roleName = role('r');
const keysExpected =
  'expected accessKeyId and secretAccessKey, or accessKeyIdVariable and secretAccessKeyVariable, or credentialsFile';
const targetExpected =
  'expected "host:port", "unix:/path" or "srv:_http._tcp.name"; whether TLS is spoken stands in the URI of the integration';
const poolKnown =
  'targets, balance, slowStartMs, connectionsMax, queuedMax, drainMs, retryBudgetPercent, caFile, proxy, healthCheck, outlierDetection';
const pool = (more: string): string => `pools:\n  a:\n    targets: ["a:1"]\n    ${more}\n`;
const target = (text: string): string => `pools:\n  a:\n    targets:\n      - ${text}\n`;
const fn = (more: string): string =>
  `functions:\n  f: { runtime: nodejs24.x, handler: a.b, code: c, ${more} }\n`;

const refused: readonly (readonly [what: string, file: string, ...problems: string[]])[] = [
  ['a section misspelt', 'pool: {}\n', 'sluice.yaml:1:1: "pool" is not a setting; did you mean "pools"?'],
  ['a section that is a list', 'pools: [a]\n', 'sluice.yaml:1:8: pools must be a mapping of pools'],
  [
    'a pool without anything',
    'pools:\n  a:\n',
    `sluice.yaml:2:5: pools.a must be a mapping of settings; known are ${poolKnown}`,
  ],
  [
    'a setting of a pool misspelt',
    pool('balanse: roundRobin'),
    'sluice.yaml:4:5: "pools.a.balanse" is not a setting; did you mean "balance"?',
  ],
  [
    "a pool's name that no ARN can have",
    'pools:\n  -a: { targets: ["a:1"] }\n',
    `sluice.yaml:2:3: pools has the name "-a"; expected 1 to 32 letters, digits and inner hyphens, as a load balancer's name in its ARN`,
  ],
  [
    'a pool without targets',
    'pools:\n  a: { slowStartMs: 1 }\n',
    'sluice.yaml:2:6: pools.a has no "targets"; expected a list of 1 to 1000 targets: host:port, unix:/path or srv:_http._tcp.name',
  ],
  [
    'an empty list of targets',
    'pools:\n  a: { targets: [] }\n',
    'sluice.yaml:2:17: pools.a.targets is a list of 0; expected a list of 1 to 1000 targets: host:port, unix:/path or srv:_http._tcp.name',
  ],
  [
    'targets that are one text',
    'pools:\n  a: { targets: "a:1" }\n',
    'sluice.yaml:2:17: pools.a.targets is "a:1"; expected a list of 1 to 1000 targets: host:port, unix:/path or srv:_http._tcp.name',
  ],
  ['a target without a port', target('a'), `sluice.yaml:4:9: pools.a.targets[0] is "a"; ${targetExpected}`],
  ['a target on port 0', target('"a:0"'), `sluice.yaml:4:9: pools.a.targets[0] is "a:0"; ${targetExpected}`],
  [
    'a target on a port that there is not',
    target('"a:65536"'),
    `sluice.yaml:4:9: pools.a.targets[0] is "a:65536"; ${targetExpected}`,
  ],
  [
    'a target that is a URL',
    target('http://u:hunter2hunter2@a:80'),
    `sluice.yaml:4:9: pools.a.targets[0] is "http://***@a:80"; ${targetExpected}`,
  ],
  [
    'a socket with a relative path',
    target('unix:run/a.sock'),
    `sluice.yaml:4:9: pools.a.targets[0] is "unix:run/a.sock"; ${targetExpected}`,
  ],
  [
    'a DNS service without a protocol',
    target('srv:_http.a.internal'),
    `sluice.yaml:4:9: pools.a.targets[0] is "srv:_http.a.internal"; ${targetExpected}`,
  ],
  [
    'a target without an address',
    target('{ weight: 2 }'),
    'sluice.yaml:4:9: pools.a.targets[0] has no "address"; expected host:port, unix:/path or srv:_http._tcp.name',
  ],
  [
    'a target that is a list',
    target('[a]'),
    'sluice.yaml:4:9: pools.a.targets[0] must be a mapping of settings; known are address, weight',
  ],
  [
    'a weight of nothing',
    target('{ address: "a:1", weight: 0 }'),
    'sluice.yaml:4:35: pools.a.targets[0].weight is 0; expected a whole number from 1 to 1000',
  ],
  [
    'a target given twice',
    'pools: { a: { targets: ["a:1", "a:1"] } }\n',
    'sluice.yaml:1:32: pools.a.targets[1] is there twice: "a:1"',
  ],
  [
    'a way to balance that there is not',
    pool('balance: random'),
    'sluice.yaml:4:14: pools.a.balance is "random"; expected one of roundRobin, leastOutstanding',
  ],
  [
    'a number out of range',
    pool('retryBudgetPercent: 101'),
    'sluice.yaml:4:25: pools.a.retryBudgetPercent is 101; expected a whole number from 0 to 100 (per cent of all calls)',
  ],
  [
    'a proxy with a password',
    pool('proxy: http://user:hunter2hunter2@p:1'),
    'sluice.yaml:4:12: pools.a.proxy is "http://***@p:1"; expected http://host:port, without a user',
  ],
  [
    'a health check misspelt',
    pool('healthCheck: { intervall: 3 }'),
    'sluice.yaml:4:20: "pools.a.healthCheck.intervall" is not a setting; did you mean "intervalMs"?',
  ],
  [
    'a health check longer than its interval',
    pool('healthCheck: { intervalMs: 1000 }'),
    'sluice.yaml:4:32: pools.a.healthCheck.timeoutMs is 5000 and intervalMs 1000; a check must end before the next begins',
  ],
  [
    'a path that tcp does not ask for',
    pool('healthCheck: { path: /up }'),
    'sluice.yaml:4:26: pools.a.healthCheck.path has no meaning for protocol tcp; set protocol to http or https',
  ],
  [
    'statuses that are none',
    pool('healthCheck: { protocol: http, matcher: 2xx }'),
    'sluice.yaml:4:45: pools.a.healthCheck.matcher is "2xx"; expected statuses such as 200, 200-399 or 200,301 in quotes',
  ],
  [
    'an ejection that shrinks',
    pool('outlierDetection: { maxEjectionMs: 5 }'),
    'sluice.yaml:4:40: pools.a.outlierDetection.maxEjectionMs is 5, below baseEjectionMs 30000; raise it',
  ],
  [
    'a service without an endpoint',
    'services: { sqs: { signingName: sqs } }\n',
    'sluice.yaml:1:18: services.sqs has no "endpoint"; expected an http:// or https:// URL without user, query and fragment',
  ],
  [
    'a service on something else than HTTP',
    'services: { sqs: "ftp://a" }\n',
    'sluice.yaml:1:18: services.sqs is "ftp://a"; expected an http:// or https:// URL without user, query and fragment',
  ],
  [
    'a service with a password in its URL',
    'services: { sqs: "http://user:hunter2hunter2@a" }\n',
    'sluice.yaml:1:18: services.sqs is "http://***@a"; expected an http:// or https:// URL without user, query and fragment',
  ],
  [
    "a service's name in capitals",
    'services: { DynamoDB: "http://a" }\n',
    'sluice.yaml:1:13: services has the name "DynamoDB"; expected a service as integration URIs spell it: dynamodb, sqs, s3, states ...',
  ],
  [
    'a role that is no ARN',
    'roles: { me: {} }\n',
    'sluice.yaml:1:10: roles has the name "me"; expected the ARN of a role, in quotes: "arn:aws:iam::000000000000:role/name"',
  ],
  [
    'a role without keys',
    `roles:\n  "${roleName}": {}\n`,
    `sluice.yaml:2:39: roles."${roleName}" names no keys; ${keysExpected}`,
  ],
  [
    'a role with keys twice over',
    `roles:\n  "${roleName}": { accessKeyId: ${secret}, credentialsFile: x }\n`,
    `sluice.yaml:2:39: roles."${roleName}" names keys in more than one way; ${keysExpected}`,
  ],
  [
    'a role with half a key',
    `roles:\n  "${roleName}": { accessKeyId: ${secret} }\n`,
    `sluice.yaml:2:39: roles."${roleName}" has no "secretAccessKey"; expected text without blanks, in quotes (what stands there is not shown)`,
  ],
  [
    'a secret that is a list',
    `roles:\n  "${roleName}": { accessKeyId: A, secretAccessKey: [${secret}] }\n`,
    `sluice.yaml:2:74: roles."${roleName}".secretAccessKey is not usable; expected text without blanks, in quotes (what stands there is not shown)`,
  ],
  [
    'a secret where the name of a variable belongs',
    `roles:\n  "${roleName}": { accessKeyIdVariable: A, secretAccessKeyVariable: "${secret}/+" }\n`,
    `sluice.yaml:2:90: roles."${roleName}".secretAccessKeyVariable is not usable; expected the name of an environment variable`,
  ],
  [
    'a secret in place of a role',
    `roles:\n  "${roleName}": ${secret}\n`,
    `sluice.yaml:2:39: roles."${roleName}" must be a mapping of settings; known are accessKeyId, secretAccessKey, sessionToken, accessKeyIdVariable, secretAccessKeyVariable, sessionTokenVariable, credentialsFile, profile`,
  ],
  [
    'YAML that breaks off at a secret',
    `roles: { a: }\n]${secret}\n`,
    'sluice.yaml:2:1: Unexpected flow-seq-end token in YAML stream',
    'sluice.yaml:2:2: Unexpected scalar token in YAML stream',
  ],
  [
    'a function without code',
    'functions: { f: { runtime: nodejs24.x, handler: a.b } }\n',
    'sluice.yaml:1:17: functions.f has no "code"; expected a path',
  ],
  [
    'a function without a handler',
    'functions: { f: { runtime: nodejs24.x, code: c } }\n',
    'sluice.yaml:1:17: functions.f has no "handler"; expected file.function, such as app.handler',
  ],
  [
    'a runtime that is none',
    'functions: { f: { runtime: java21, handler: a.b, code: c } }\n',
    'sluice.yaml:1:28: functions.f.runtime is "java21"; expected a runtime: nodejs24.x, python3.13, provided.al2023 ...',
  ],
  [
    'a setting of a function misspelt',
    fn('timeOut: 3'),
    'sluice.yaml:2:52: "functions.f.timeOut" is not a setting; did you mean "timeout"?',
  ],
  [
    'a time that no function may take',
    fn('timeout: 901'),
    'sluice.yaml:2:61: functions.f.timeout is 901; expected a whole number from 1 to 900 (seconds)',
  ],
  [
    'too little memory',
    fn('memory: 64'),
    'sluice.yaml:2:60: functions.f.memory is 64; expected a whole number from 128 to 10240 (MB)',
  ],
  [
    'a concurrency below nothing',
    fn('reservedConcurrency: -1'),
    'sluice.yaml:2:73: functions.f.reservedConcurrency is -1; expected a whole number from 0 to 1000000 (invocations)',
  ],
  [
    'an environment without an invocation',
    fn('environmentConcurrency: 0'),
    'sluice.yaml:2:76: functions.f.environmentConcurrency is 0; expected a whole number from 1 to 1600 (invocations)',
  ],
  [
    'more invocations in an environment than AWS has',
    fn('environmentConcurrency: 1601'),
    'sluice.yaml:2:76: functions.f.environmentConcurrency is 1601; expected a whole number from 1 to 1600 (invocations)',
  ],
  [
    'a permission that is no yes or no',
    fn('allowApis: all'),
    'sluice.yaml:2:63: functions.f.allowApis is "all"; expected true or false',
  ],
  [
    'an environment variable that is no text',
    fn('environment: { AB: 007 }'),
    'sluice.yaml:2:71: functions.f.environment.AB is not text; put it in quotes',
  ],
  [
    'an environment variable that no shell knows',
    fn('environment: { 1A: x }'),
    'sluice.yaml:2:67: functions.f.environment has the name "1A"; expected two characters or more: a letter, then letters, digits and underscores',
  ],
  [
    'an environment that is too large',
    fn(`environment: { AB: ${'x'.repeat(4096)} }`),
    'sluice.yaml:2:65: functions.f.environment has 4098 bytes; expected at most 4096 in all',
  ],
  [
    'an alias of digits alone',
    fn('aliases: { 1: 1 }'),
    'sluice.yaml:2:63: functions.f.aliases has the name "1"; expected letters, digits, hyphens and underscores, and not digits alone',
  ],
  [
    'an alias of a version that is none',
    fn('aliases: { prod: latest }'),
    'sluice.yaml:2:69: functions.f.aliases.prod is "latest"; expected a version: 1, 2 ... or $LATEST',
  ],
  [
    "a function's name with a blank",
    'functions: { "a b": { runtime: provided, code: c } }\n',
    'sluice.yaml:1:14: functions has the name "a b"; expected 1 to 64 letters, digits, hyphens and underscores',
  ],
];

for (const [what, file, ...problems] of refused) {
  test(`sections: ${what} is refused with a line that says where and what instead`, (t) => {
    assert.throws(
      () => read(t, file),
      (error) => {
        assert.ok(error instanceof ConfigError, String(error));
        assert.deepEqual(error.problems, problems);
        assert.ok(!error.message.includes(secret));
        return true;
      },
    );
  });
}

const unusable: readonly (readonly [what: string, file: string, problem: (folder: string) => string])[] = [
  [
    'a variable that is not set',
    `roles:\n  "${roleName}": { accessKeyIdVariable: NONE, secretAccessKeyVariable: SET }\n`,
    () =>
      `sluice.yaml:2:39: roles."${roleName}": the environment variable "NONE" is not set; set it where sluice is started`,
  ],
  [
    'a credentials file that is not there',
    `roles:\n  "${roleName}": { credentialsFile: none }\n`,
    (folder) =>
      `sluice.yaml:2:39: roles."${roleName}".credentialsFile: cannot read "${folder}/none" (ENOENT); name a file that this user may read`,
  ],
  [
    'a profile that is not there',
    `roles:\n  "${roleName}": { credentialsFile: secrets }\n`,
    (folder) =>
      `sluice.yaml:2:39: roles."${roleName}".credentialsFile: "${folder}/secrets" has no profile "default"; add [default], or name another with profile`,
  ],
  [
    'a profile without a secret',
    `roles:\n  "${roleName}": { credentialsFile: secrets, profile: half }\n`,
    (folder) =>
      `sluice.yaml:2:39: roles."${roleName}".credentialsFile: the profile "half" of "${folder}/secrets" has no aws_secret_access_key`,
  ],
  [
    'a certificate file that is not there',
    pool('caFile: none.pem'),
    (folder) =>
      `sluice.yaml:4:13: pools.a.caFile: cannot use "${folder}/none.pem" (ENOENT); name a PEM file of certificates`,
  ],
  [
    'a certificate file without a certificate',
    pool('caFile: secrets'),
    (folder) =>
      `sluice.yaml:4:13: pools.a.caFile: cannot use "${folder}/secrets" (it has no CERTIFICATE block); name a PEM file of certificates`,
  ],
  [
    'a certificate that is none',
    pool('caFile: broken.pem'),
    (folder) =>
      `sluice.yaml:4:13: pools.a.caFile: cannot use "${folder}/broken.pem" (a certificate in it cannot be read); name a PEM file of certificates`,
  ],
];

for (const [what, file, problem] of unusable) {
  test(`sections: ${what} is told when backends are used, not when the file is read`, (t) => {
    const folder = folderOf(t);
    writeFileSync(path.join(folder, 'secrets'), `[half]\naws_access_key_id = ${secret}\n${secret}\n`);
    const block = (label: string): string => `-----${label} CERTIFICATE-----`;
    writeFileSync(path.join(folder, 'broken.pem'), `${block('BEGIN')}\n${secret}\n${block('END')}\n`);
    const config = readIn(folder, file);
    assert.throws(
      () => backendSettings(config, { SET: secret }),
      (error) => {
        assert.ok(error instanceof ConfigError);
        assert.deepEqual(error.problems, [problem(folder)]);
        assert.ok(!error.message.includes(secret));
        return true;
      },
    );
  });
}

test("sections: a function's variable that is not set is told by its own name and ours", (t) => {
  const [declared] = read(t, fn('environment: { AB: { variable: NONE } }')).functions;
  assert.throws(() => functionEnvironment(declared!, {}), {
    problems: [
      'sluice.yaml:2:67: functions.f.environment.AB: the environment variable "NONE" is not set; set it where sluice is started',
    ],
  });
});

test('sections: an introspection endpoint is read, with its secret from the file or a variable', (t) => {
  const file = `introspection:
  main:
    endpoint: https://id.example.com/introspect
    clientId: gateway
    clientSecret: ${secret}
  other:
    endpoint: http://127.0.0.1:4000/token/introspection
    clientId: us
    clientSecretVariable: IDP_SECRET
    clientAuthentication: post
    issuer: https://id.example.com
    audiences: [https://pets.example.com, app]
    timeoutMs: 500
`;
  assert.deepEqual(backendSettings(read(t, file), { IDP_SECRET: 'from outside' }).introspection, [
    {
      name: 'main',
      endpoint: 'https://id.example.com/introspect',
      clientId: 'gateway',
      clientSecret: secret,
      clientAuthentication: 'basic',
      issuer: null,
      audiences: [],
      timeoutMs: 3_000,
    },
    {
      name: 'other',
      endpoint: 'http://127.0.0.1:4000/token/introspection',
      clientId: 'us',
      clientSecret: 'from outside',
      clientAuthentication: 'post',
      issuer: 'https://id.example.com',
      audiences: ['https://pets.example.com', 'app'],
      timeoutMs: 500,
    },
  ]);
});

const endpointLines = '    endpoint: https://id.test/i\n    clientId: us\n';
for (const [what, lines, problem] of [
  [
    'no secret',
    endpointLines,
    'sluice.yaml:3:5: introspection.main names no secret; expected clientSecret or clientSecretVariable',
  ],
  [
    'two secrets',
    `${endpointLines}    clientSecret: ${secret}\n    clientSecretVariable: A\n`,
    'sluice.yaml:3:5: introspection.main names two secrets; expected clientSecret or clientSecretVariable',
  ],
  [
    'no endpoint',
    '    clientId: us\n    clientSecretVariable: A\n',
    'sluice.yaml:3:5: introspection.main has no "endpoint"; expected an http:// or https:// URL without user, query and fragment',
  ],
  [
    'a secret that cannot be one',
    `${endpointLines}    clientSecret: "${secret}\\n"\n`,
    'sluice.yaml:5:19: introspection.main.clientSecret is not usable; expected text, in quotes (what stands there is not shown)',
  ],
  [
    'no audience in the list',
    `${endpointLines}    clientSecretVariable: A\n    audiences: []\n`,
    'sluice.yaml:6:16: introspection.main.audiences is a list of 0; expected a list of 1 to 100 audiences',
  ],
] as const)
  test(`sections: an introspection endpoint with ${what} is refused, and no secret is told`, (t) => {
    assert.throws(
      () => read(t, `introspection:\n  main:\n${lines}`),
      (error) => {
        assert.ok(error instanceof ConfigError);
        assert.deepEqual(error.problems, [problem]);
        assert.ok(!error.message.includes(secret));
        return true;
      },
    );
  });

test('sections: a client secret whose variable is not set is told', (t) => {
  const config = read(t, `introspection:\n  main:\n${endpointLines}    clientSecretVariable: NONE\n`);
  assert.throws(() => backendSettings(config, {}), {
    problems: [
      'sluice.yaml:3:5: introspection.main: the environment variable "NONE" is not set; set it where sluice is started',
    ],
  });
});

test('sections: token keys are read from their files, a key or a set of them', (t) => {
  const folder = folderOf(t);
  const one = { kty: 'oct', k: secret, alg: 'dir' };
  writeFileSync(path.join(folder, 'one.jwk'), JSON.stringify(one));
  writeFileSync(path.join(folder, 'two.json'), JSON.stringify({ keys: [one, { ...one, kid: 'b' }] }));
  const config = readIn(folder, 'tokenKeys:\n  main: one.jwk\n  old: two.json\n');
  assert.deepEqual(backendSettings(config).tokenKeys, [one, one, { ...one, kid: 'b' }]);
  for (const [text, reason] of [
    [`{"k":"${secret}"`, 'it is no JWK, and no set of them'],
    [`"${secret}"`, 'it is no JWK, and no set of them'],
    ['null', 'it is no JWK, and no set of them'],
    [null, 'EISDIR'],
  ] as const) {
    const file = text === null ? folder : path.join(folder, 'bad.jwk');
    if (text !== null) writeFileSync(file, text);
    assert.throws(() => backendSettings(readIn(folder, `tokenKeys:\n  main: ${file}\n`)), {
      problems: [`sluice.yaml:2:9: tokenKeys.main: cannot use "${file}" (${reason}); name a file with a JWK`],
    });
  }
});

test('sections: every setting has a meaning and a reason', () => {
  const all = [
    poolFields,
    healthCheckFields,
    outlierFields,
    serviceFields,
    keyFields,
    variableFields,
    credentialsFileFields,
    functionFields,
    introspectionFields,
  ];
  for (const [name, { means, reason }] of all.flatMap((fields) => Object.entries(fields))) {
    assert.ok(means.endsWith('.'), name);
    assert.ok(reason.length > 10, name);
  }
});
