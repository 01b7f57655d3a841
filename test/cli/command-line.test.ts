import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { dataFolder, run } from '../supervisor/sluice.ts';

const commands = [
  'start',
  'stop',
  'import',
  'check',
  'render',
  'apis',
  'functions',
  'example',
  'doctor',
  'bench',
];

test('command line: --help of the whole names every command, and each has a --help and a --version', async (t) => {
  const folder = dataFolder(t);
  const whole = await run(t, folder, ['--help']);
  assert.equal(whole.exit, 0);
  for (const command of commands) assert.match(whole.text, new RegExp(`^  ${command}\\b`, 'm'));
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  await Promise.all(
    commands.map(async (command) => {
      const help = await run(t, folder, [command, '--help']);
      assert.equal(help.exit, 0);
      assert.match(help.text, new RegExp(`^Usage: sluice ${command}`));
      assert.deepEqual(await run(t, folder, [command, '--version']), { exit: 0, text: `${version}\n` });
    }),
  );
});

const refused: readonly { readonly args: readonly string[]; readonly exit: number; readonly text: string }[] =
  [
    { args: ['strat'], exit: 2, text: "error: unknown command 'strat'\n(Did you mean start?)\n" },
    {
      args: ['start', '--prot', '1'],
      exit: 2,
      text: "error: unknown option '--prot'\n(Did you mean --port?)\n",
    },
    { args: ['start', '--port'], exit: 2, text: "error: option '--port <n>' argument missing\n" },
    {
      args: ['start', 'now'],
      exit: 2,
      text: "error: too many arguments for 'start'. Expected 0 arguments but got 1: now.\n",
    },
    { args: ['check'], exit: 2, text: "error: missing required argument 'file'\n" },
    {
      args: ['import', 'x.yaml', '--stage', 'a', '--mode', 'mix'],
      exit: 2,
      text: "error: option '--mode <mode>' argument 'mix' is invalid. Allowed choices are merge, overwrite.\n",
    },
    {
      args: ['import', 'x.yaml', '--stage', 'a', '--variable', 'novalue'],
      exit: 2,
      text: 'error: "novalue" is not NAME=VALUE\n',
    },
    {
      args: ['import', 'x.yaml', '--stage', 'a', '--throttle-rate', 'fast'],
      exit: 2,
      text: "error: option '--throttle-rate <rps>' argument 'fast' is invalid. Expected a number from 0 to 1000000000.\n",
    },
    {
      args: ['import', 'x.yaml', '--stage', 'a', '--api-id', '../x'],
      exit: 2,
      text: 'error: "../x" is not an API id: lower-case letters and digits, at most 32\n',
    },
    { args: ['check', 'none.yaml'], exit: 1, text: 'error: Cannot read "none.yaml": ENOENT\n' },
    { args: ['render', '.'], exit: 1, text: 'error: Cannot read ".": EISDIR\n' },
    {
      args: ['start', '--config', 'none.yaml'],
      exit: 1,
      text: 'error: none.yaml: cannot read the configuration file (ENOENT); name a file that this user may read\n',
    },
    {
      args: ['start', '--port', '65536'],
      exit: 1,
      text: 'error: --port: port is "65536"; expected a whole number from 0 to 65535 (0 = any free port)\n',
    },
  ];

for (const { args, exit, text } of refused) {
  test(`command line: "sluice ${args.join(' ')}" is refused with exit code ${exit}`, async (t) => {
    assert.deepEqual(await run(t, dataFolder(t), args), { exit, text });
  });
}

test('command line: doctor tells what this machine has, as lines and as JSON', async (t) => {
  const folder = dataFolder(t);
  const asJson = await run(t, folder, ['doctor', '--json', '--port', '0', '--data-dir', folder]);
  const { findings } = JSON.parse(asJson.text) as {
    findings: { name: string; verdict: string; text: string }[];
  };
  const names = [
    'Node.js',
    'C library',
    'uWebSockets',
    'counters',
    'injection',
    'cores',
    'open files',
    'hand-over',
    'data folder',
    'port',
    'backends',
    'runtimes',
    'confinement',
    'functions',
  ];
  assert.deepEqual(
    findings.map((finding) => finding.name),
    names,
  );
  assert.equal(findings[0]!.text, `${process.version} (${process.execPath})`);
  const asText = await run(t, folder, ['doctor', '--port', '0', '--data-dir', folder]);
  for (const name of names) assert.ok(asText.text.includes(` ${name} `));
  assert.ok(!asText.text.includes('\x1b'), 'colours are for terminals');
});
