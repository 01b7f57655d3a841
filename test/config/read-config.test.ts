import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import {
  ConfigError,
  type Environment,
  namedSettings,
  type ProcessConfig,
  readConfig,
} from '../../src/config/index.ts';

interface Given {
  readonly file?: string;
  readonly fileName?: string;
  readonly environment?: Environment;
  readonly flags?: Readonly<Record<string, string>>;
}

function folderWith(t: TestContext, { file, fileName = 'sluice.yaml' }: Given): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-config-'));
  t.after(() => rmSync(folder, { recursive: true }));
  if (file !== undefined) writeFileSync(path.join(folder, fileName), file);
  return folder;
}

function read(t: TestContext, given: Given): ProcessConfig & { folder: string } {
  const folder = folderWith(t, given);
  const file = given.fileName;
  const config = readConfig({ file, environment: given.environment ?? {}, flags: given.flags ?? {}, folder });
  return { ...config, folder };
}

test('config: without a file the defaults hold and paths start from the current folder', (t) => {
  const { folder, ...config } = read(t, {});
  assert.equal(config.port, 8080);
  assert.equal(config.dataDir, path.join(folder, 'data'));
  assert.deepEqual(config.tls, { key: null, cert: null, front: 'auto' });
  assert.deepEqual(config.guard.trusted, ['127.0.0.0/8', '::1']);
  assert.deepEqual(config.admin, { host: '127.0.0.1', port: 8090 });
});

test('config: flags win over the environment, which wins over the file', (t) => {
  const file = 'port: 1001\nhostSuffix: file.test\nregion: eu-west-1\n';
  const environment = { SLUICE_PORT: '1002', SLUICE_HOST_SUFFIX: 'environment.test' };
  const config = read(t, { file, environment, flags: { port: '1003' } });
  assert.deepEqual([config.port, config.hostSuffix, config.region], [1003, 'environment.test', 'eu-west-1']);
});

test('config: JSON is read as well, tabs included', (t) => {
  const file = '{\n\t"port": 1001,\n\t"upstream": { "idleMs": 5 }\n}\n';
  const config = read(t, { file, fileName: 'sluice.json' });
  assert.deepEqual([config.port, config.upstream.idleMs, config.upstream.connectionsMax], [1001, 5, 256]);
});

test('config: paths in a file start from the folder of the file', (t) => {
  const { folder, ...config } = read(t, { file: 'dataDir: here\ntls: { key: k.pem, cert: /c.pem }\n' });
  assert.equal(config.dataDir, path.join(folder, 'here'));
  assert.deepEqual(config.tls, { key: path.join(folder, 'k.pem'), cert: '/c.pem', front: 'auto' });
});

test('config: the object is frozen at every depth', (t) => {
  const folder = folderWith(t, {});
  const config = readConfig({ environment: {}, flags: {}, folder });
  for (const object of [config, config.tls, config.upstream]) assert.ok(Object.isFrozen(object));
});

test("config: what Kubernetes says of a service named sluice is nobody's setting", (t) => {
  const environment = {
    SLUICE_PORT: 'tcp://10.0.0.1:80',
    SLUICE_SERVICE_HOST: '10.0.0.1',
    SLUICE_SERVICE_PORT_HTTP: '80',
    SLUICE_PORT_80_TCP_ADDR: '10.0.0.1',
  };
  assert.equal(read(t, { environment }).port, 8080);
});

const refused: readonly (Given & { readonly what: string; readonly problems: readonly string[] })[] = [
  {
    what: 'an unknown key',
    file: 'port: 80\nprot: 81\n',
    problems: ['sluice.yaml:2:1: "prot" is not a setting; did you mean "port"?'],
  },
  {
    what: 'an unknown key in a group',
    file: 'upstream:\n  idleSeconds: 3\n',
    problems: [
      'sluice.yaml:2:3: "upstream.idleSeconds" is not a setting; known are connectionsMax, idleMs, connectTimeoutMs',
    ],
  },
  {
    what: 'a name that every object has',
    file: 'constructor: 1\n',
    problems: [/^sluice\.yaml:1:1: "constructor" is not a setting; known are host, port, /.source],
  },
  {
    what: 'wrong types, all of them at once',
    file: 'port: "eighty"\nprocesses: 1.5\nupstream: 7\nthrottle: maybe\n',
    problems: [
      'sluice.yaml:3:11: upstream must be a mapping of settings; known are connectionsMax, idleMs, connectTimeoutMs',
      'sluice.yaml:1:7: port is "eighty"; expected a whole number from 0 to 65535 (0 = any free port)',
      'sluice.yaml:2:12: processes is 1.5; expected a whole number from 1 to 256',
      'sluice.yaml:4:11: throttle is "maybe"; expected one of auto, native, twin',
    ],
  },
  {
    what: 'a value out of range',
    file: 'drainMs: 600001\n',
    problems: [
      'sluice.yaml:1:10: drainMs is 600001; expected a whole number from 0 to 600000 (milliseconds)',
    ],
  },
  {
    what: 'a list where a value is wanted',
    file: 'host:\n  - a\n  - b\n',
    problems: ['sluice.yaml:2:3: host is ["a","b"]; expected an IP address or a host name'],
  },
  {
    what: 'an account id that YAML reads as a number',
    file: 'accountId: 123456789012\n',
    problems: ['sluice.yaml:1:12: accountId is 123456789012; expected 12 digits in quotes'],
  },
  {
    what: 'an empty value',
    file: 'port:\n',
    problems: [/^sluice\.yaml:1:\d+: port is null; expected a whole/.source],
  },
  {
    what: 'a file that is a list',
    file: '- port: 1\n',
    problems: [/^sluice\.yaml:1:1: the file must be a mapping of settings; known are host, port, /.source],
  },
  { what: 'YAML that does not parse', file: 'port: [1\n', problems: [/^sluice\.yaml:\d+:\d+: /.source] },
  {
    what: 'a key given twice',
    file: 'port: 1\nport: 2\n',
    problems: [/^sluice\.yaml:2:1: Map keys must be unique/.source],
  },
  {
    what: 'an unknown environment variable',
    environment: { SLUICE_DATADIR: '/x' },
    problems: ['SLUICE_DATADIR: no setting has this environment variable; did you mean SLUICE_DATA_DIR?'],
  },
  {
    what: 'a bad environment variable',
    environment: { SLUICE_UPSTREAM_IDLE_MS: '1s' },
    problems: [
      'SLUICE_UPSTREAM_IDLE_MS: upstream.idleMs is "1s"; expected a whole number from 1 to 600000 (milliseconds)',
    ],
  },
  {
    what: 'a bad flag',
    flags: { port: '65536' },
    problems: ['--port: port is "65536"; expected a whole number from 0 to 65535 (0 = any free port)'],
  },
  {
    what: 'a key without a certificate',
    flags: { 'tls.key': 'k.pem' },
    problems: ['--tls-key: tls.key is set and tls.cert is not; set both or neither'],
  },
  {
    what: 'one port for two purposes',
    file: 'port: 9\nadmin: { port: 9 }\n',
    problems: ['sluice.yaml:2:16: port and admin.port are both 9; choose two different ports'],
  },
  {
    what: 'a file that is named and not there',
    environment: { SLUICE_CONFIG: 'none.yaml' },
    problems: ['none.yaml: cannot read the configuration file (ENOENT); name a file that this user may read'],
  },
];

for (const { what, problems, ...given } of refused) {
  test(`config: ${what} is refused with a line that says where and what instead`, (t) => {
    assert.throws(
      () => read(t, given),
      (error) => {
        assert.ok(error instanceof ConfigError);
        assert.equal(error.problems.length, problems.length, error.message);
        problems.forEach((wanted, i) => {
          if (wanted.startsWith('^')) assert.match(error.problems[i]!, new RegExp(wanted));
          else assert.equal(error.problems[i], wanted);
        });
        return true;
      },
    );
  });
}

test('config: every setting has a meaning, a reason and names of its own', () => {
  for (const { key, flag, variable, setting } of namedSettings) {
    assert.ok(setting.means.endsWith('.'), key);
    assert.ok(setting.reason.length > 10, key);
    assert.match(flag, /^--[a-z]+(-[a-z]+)*$/);
    assert.match(variable, /^SLUICE(_[A-Z]+)+$/);
  }
  assert.equal(new Set(namedSettings.map(({ flag }) => flag)).size, namedSettings.length);
});
