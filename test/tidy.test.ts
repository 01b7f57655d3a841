// The rules of the tree that a compiler does not know: which room may import which, where a library may be used,
// how files are named and how long they are. A broken rule is told as a sentence.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const notOurs = new Set(['node_modules', 'dist', 'build', 'target', 'report', 'data', '.git']);

/** Paths from the root, in order. */
function filesUnder(folder: string): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const name = path.posix.join(folder, entry.name);
      if (entry.isDirectory()) return notOurs.has(entry.name) ? [] : filesUnder(name);
      return entry.isFile() ? [name] : [];
    })
    .sort();
}

const files = filesUnder('.').filter((file) => !file.endsWith('.node') && !file.endsWith('.log'));
const sources = files.filter((file) => file.startsWith('src/') && file.endsWith('.ts'));
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

interface Import {
  readonly from: string;
  /** A file of ours by path from the root, or a module's name. */
  readonly to: string;
  readonly isOurs: boolean;
  readonly isType: boolean;
}

const importPatterns = [
  /^(?:import|export)\s+(type\s)?[^'";]*?\sfrom\s+'([^']+)'/gm,
  /^import\s+()'([^']+)'/gm,
  /\b(?:import|require|require\.resolve)\(()'([^']+)'\)/g,
];

function importsOf(file: string): Import[] {
  const text = read(file).replace(/^\s*(\/\/|\*|\/\*).*$/gm, '');
  return importPatterns.flatMap((pattern) =>
    [...text.matchAll(pattern)].map(([, type, target]) => {
      const isOurs = target!.startsWith('.');
      const to = isOurs ? path.posix.join(path.posix.dirname(file), target!) : moduleName(target!);
      return { from: file, to, isOurs, isType: type !== undefined && type !== '' };
    }),
  );
}

const moduleName = (target: string): string =>
  target.startsWith('node:') ? target : target.split('/', target.startsWith('@') ? 2 : 1).join('/');

const imports = sources.flatMap(importsOf);

test('tidy: what src imports lies in src, with its extension', () => {
  const broken = imports
    .filter(({ to, isOurs }) => isOurs && !sources.includes(to))
    .map(({ from, to }) => `"${from}" imports "${to}", which is not there`);
  assert.deepEqual(broken, []);
});

/** `src/gateway/cache/keys.ts` -> `gateway`; `src/main.ts` -> `main`. */
const roomOf = (file: string): string => path.posix.basename(file.split('/')[1]!, '.ts');
/** `src/gateway/cache/keys.ts` -> `gateway/cache`; only the planes and the function host have rooms inside. */
const innerRoomOf = (file: string): string => {
  const [, room, inner, below] = file.split('/');
  return (room === 'gateway' || room === 'control' || room === 'functions') && below !== undefined
    ? `${room}/${inner}`
    : roomOf(file);
};

const atRest = ['base', 'resources', 'mapping', 'models', 'policy'];
const inFlight = [...atRest, 'functions', 'exchange'];

/** What each room may import besides itself. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  base: [],
  resources: ['base'],
  mapping: ['base'],
  models: ['base'],
  policy: ['base'],
  functions: ['base', 'resources', 'policy'],
  exchange: [...atRest, 'functions'],
  integrations: inFlight,
  authorizers: inFlight,
  observability: inFlight,
  firewall: inFlight,
  config: ['base', 'resources'],
  gateway: [...inFlight, 'integrations', 'authorizers', 'firewall', 'observability', 'config'],
  store: ['base', 'resources'],
  control: [...inFlight, 'integrations', 'authorizers', 'firewall', 'store'],
  supervisor: ['base', 'resources', 'config', 'observability'],
  cli: [...atRest, 'functions', 'config', 'control', 'observability', 'store', 'supervisor'],
  'data-plane': ['gateway', 'supervisor', 'config'],
  'function-host': ['functions', 'supervisor', 'config'],
  main: ['cli', 'gateway', 'firewall', 'supervisor'],
};

/** Why an arrow is missing, where a reader would wonder. */
const reasons: Readonly<Record<string, string>> = {
  'gateway control': 'the data plane knows nothing of the control plane',
  'control gateway': 'the control plane knows nothing of the data plane',
  'gateway store': 'the data plane may see the types of the store, never its drivers',
  'gateway supervisor': 'a data plane does not know whether a supervisor lives',
  'supervisor gateway': 'the supervisor is handed the entry of its processes by path',
  'cli gateway': 'only main.ts sees both planes',
};

test('tidy: rooms import only what stands before them', () => {
  const broken = new Set<string>();
  for (const { from, to, isOurs, isType } of imports) {
    if (!isOurs) continue;
    const [room, other] = [roomOf(from), roomOf(to)];
    if (room === other) continue;
    assert.ok(arrows[room] !== undefined, `"${from}" lies in no room that test/tidy.test.ts knows`);
    if (arrows[room].includes(other) || (room === 'gateway' && other === 'store' && isType)) continue;
    const reason =
      reasons[`${room} ${other}`] ?? `${room} may import ${arrows[room].join(', ') || 'nothing'}`;
    broken.add(`\`${innerRoomOf(from)}\` imports \`${innerRoomOf(to)}\` (${from}): ${reason}`);
  }
  assert.deepEqual([...broken], []);
});

/** Inside the gateway: these know neither each other nor the pipeline. */
const gatewayLeaves = ['throttle', 'cache', 'upstream', 'workers', 'router'];

test('tidy: throttle, cache, upstream, workers and router import neither each other nor the pipeline', () => {
  const broken = imports
    .filter(({ from, to, isOurs }) => {
      const inner = innerRoomOf(from);
      if (!isOurs || !gatewayLeaves.some((leaf) => inner === `gateway/${leaf}`)) return false;
      return to.startsWith('src/gateway/') && innerRoomOf(to) !== inner;
    })
    .map(
      ({ from, to }) =>
        `\`${innerRoomOf(from)}\` imports \`${innerRoomOf(to)}\` (${from}): the pipeline joins them`,
    );
  assert.deepEqual(broken, []);
});

test('tidy: no rooms import each other in a circle', () => {
  const next = new Map<string, Set<string>>();
  for (const { from, to, isOurs, isType } of imports) {
    if (!isOurs || isType) continue;
    const [a, b] = [innerRoomOf(from), innerRoomOf(to)];
    if (a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`)) continue;
    next.set(a, (next.get(a) ?? new Set()).add(b));
  }
  const circles = new Set<string>();
  const walk = (room: string, way: readonly string[]): void => {
    const at = way.indexOf(room);
    if (at >= 0) circles.add([...way.slice(at), room].join(' -> '));
    else for (const other of next.get(room) ?? []) walk(other, [...way, room]);
  };
  for (const room of next.keys()) walk(room, []);
  assert.deepEqual([...circles], []);
});

test('tidy: property tests share a seed: fast-check is imported in test/support/properties.ts alone', () => {
  const broken = files
    .filter((file) => /^(test|bench)\/.*\.ts$/.test(file) && file !== 'test/support/properties.ts')
    .filter((file) => importsOf(file).some(({ to }) => to === 'fast-check'));
  assert.deepEqual(broken, []);
});

/** Each library with the rooms, or files, that may import it. */
const libraries: Readonly<Record<string, readonly string[]>> = {
  'uWebSockets.js': ['gateway/listener'],
  undici: ['gateway/upstream'],
  piscina: ['gateway/workers'],
  ajv: ['models'],
  re2js: ['firewall'],
  'ajv-draft-04': ['models'],
  commander: ['cli'],
  yaml: ['config', 'control/openapi'],
  msgpackr: [
    'resources',
    'store',
    'supervisor',
    'functions/wire',
    'control/deployment',
    'gateway/workers',
    'gateway/peers',
  ],
  fflate: ['control/sdk'],
  'hdr-histogram-js': ['observability'],
  // The supervisor uses it as a lock that dies with its process, not as a store.
  // The function host keeps events in it that wait.
  'node:sqlite': ['store', 'src/supervisor/folder-lock.ts', 'src/functions/host/event-store.ts'],
  'node:worker_threads': ['gateway/workers'],
};

test('tidy: a library with a shape of its own is imported in its one room', () => {
  const broken: string[] = [];
  for (const { from, to, isOurs } of imports) {
    const homes = libraries[to];
    if (isOurs || (homes === undefined && to.startsWith('node:'))) continue;
    if (homes === undefined) broken.push(`"${from}" imports ${to}, which test/tidy.test.ts gives to no room`);
    else if (!homes.some((home) => from === home || innerRoomOf(from) === home || roomOf(from) === home))
      broken.push(`"${from}" imports ${to}, which belongs to ${homes.join(', ')}`);
  }
  assert.deepEqual(broken, []);
});

test('tidy: the native crate is loaded in gateway/throttle alone', () => {
  const broken = sources.filter(
    (file) => /\.node\b['"`]/.test(read(file)) && !nativeHomes.includes(innerRoomOf(file)),
  );
  assert.deepEqual(broken, []);
});
const nativeHomes = ['gateway/throttle', 'gateway/listener', 'firewall'];

/** uWebSockets.js takes one of its limits from the environment alone. */
const environmentHomes = ['src/config/environment.ts', 'src/gateway/listener/uws.ts'];

test('tidy: the environment is read in config alone', () => {
  const broken = sources.filter(
    (file) => /\bprocess\.env\b/.test(withoutComments(file)) && !environmentHomes.includes(file),
  );
  assert.deepEqual(broken, []);
});

test('tidy: files are named in source by their built extension too, never as a bare ".ts" path', () => {
  // `new URL('./worker.ts', import.meta.url)` is not rewritten by the compiler: it would not exist in dist/.
  const broken = sources.filter((file) => /new URL\(\s*'[^']*\.ts'/.test(withoutComments(file)));
  assert.deepEqual(broken, []);
});

const withoutComments = (file: string): string => read(file).replace(/^\s*(\/\/|\*|\/\*).*$/gm, '');

const linesMax = 400;
/** Longer files, and why they are right so. */
const longFiles: Readonly<Record<string, string>> = {
  'src/control/protocol/operations.ts': 'the table of all operations',
  'src/mapping/json/parse.ts': 'a grammar: one function for each production of lenient JSON',
  'src/mapping/regex/parse.ts': 'a grammar: one function for each production of a Java regular expression',
  'src/mapping/velocity/compile.ts': 'one function for each kind of node of the tree',
  'src/mapping/velocity/lexer.ts': "the states of Velocity's tokenizer",
  'src/mapping/velocity/parser.ts': "a grammar: one function for each production of Velocity's",
};

test(`tidy: no source file is longer than ${linesMax} lines without a reason`, () => {
  const code = files.filter((file) => /^(src|bench|examples|native\/src)\/.*\.(ts|rs)$/.test(file));
  const broken = code
    .map((file) => ({ file, lines: read(file).split('\n').length - 1 }))
    .filter(({ file, lines }) => lines > linesMax && longFiles[file] === undefined)
    .map(
      ({ file, lines }) =>
        `"${file}" has ${lines} lines: split it, or say in test/tidy.test.ts why it is one list`,
    );
  assert.deepEqual(broken, []);
  for (const file of Object.keys(longFiles))
    assert.ok(files.includes(file), `"${file}" is excused and not there`);
});

test('tidy: files are named in kebab-case', () => {
  const named = files.filter((file) => /^(src|test|bench|examples)\/.*\.ts$/.test(file));
  const broken = named.filter((file) => {
    const parts = file.split('/').map((part) => part.replace(/(\.(test|bench|d))?\.ts$/, ''));
    return !parts.every((part) => /^[a-z0-9]+(-[a-z0-9]+)*$/.test(part));
  });
  assert.deepEqual(broken, []);
});

test('tidy: nothing mentions where it was written', () => {
  const folders = ['work', 'root', 'home/[a-z]', 'Users', 'mnt', 'workspace'];
  // Not after a name or a dot: "/work/" of a URL or of a relative path is somebody else's.
  const machinePath = new RegExp(String.raw`(?<![\w.\-/:}])/(${folders.join('|')})/`);
  const broken = files
    .filter((file) => statSync(path.join(root, file)).size < 1_000_000 && file !== 'test/tidy.test.ts')
    .flatMap((file) => {
      const line = read(file)
        .split('\n')
        .findIndex((text) => machinePath.test(text));
      return line < 0 ? [] : [`${file}:${line + 1} names a folder of one machine`];
    });
  assert.deepEqual(broken, []);
});
