// OpenAPI Generator as a child process: a document in, files out. It gets a folder of its own, which is removed.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve, sep } from 'node:path';
import { generatorJarPath } from './generator-jar.ts';

/** Where the tools are; every member has a default. */
export interface SdkTools {
  /** OpenAPI Generator's jar; default: `{dataDir}/tools/openapi-generator-cli-{version}.jar`. */
  readonly generatorJar?: string;
  /** The command that runs Java 11 or newer; default: `java`. */
  readonly java?: string;
  /** After which a generator is ended; default: two minutes. */
  readonly timeLimitMs?: number;
}

export interface GeneratorRun {
  /** As `-g` takes it. */
  readonly generator: string;
  readonly document: unknown;
  readonly properties: Readonly<Record<string, string>>;
  readonly dataDir: string;
  readonly tools: SdkTools;
}

/** Path, with `/` -> content. */
export type Files = ReadonlyMap<string, Uint8Array>;

/** The generator could not be run, or failed. The message is one line that says what to do. */
export class GeneratorError extends Error {
  override readonly name = 'GeneratorError';
}

const timeLimitMsDefault = 120_000;
const outputCharsMax = 16_384;

/** @throws (rejects) GeneratorError */
export async function runGenerator({
  generator,
  document,
  properties,
  dataDir,
  tools,
}: GeneratorRun): Promise<Files> {
  // Absolute: the generator runs in a folder of its own.
  const jar = resolve(tools.generatorJar ?? generatorJarPath(dataDir));
  if (!existsSync(jar))
    throw new GeneratorError(`OpenAPI Generator is not at "${jar}". Get it with: sluice sdk-generator`);
  const folder = await mkdtemp(join(tmpdir(), 'sluice-sdk-'));
  try {
    const [input, config, output] = [
      join(folder, 'api.json'),
      join(folder, 'config.json'),
      join(folder, 'out'),
    ];
    await writeFile(input, JSON.stringify(document));
    await writeFile(config, JSON.stringify(properties));
    const options = [
      'generate',
      '-g',
      generator,
      '-i',
      input,
      '-c',
      config,
      '-o',
      output,
      '--skip-validate-spec',
    ];
    await runJava(['-Xmx512m', '-XX:+UseSerialGC', '-jar', jar, ...options], folder, tools);
    return await filesUnder(output);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function runJava(args: readonly string[], cwd: string, tools: SdkTools): Promise<void> {
  const { java = 'java', timeLimitMs = timeLimitMsDefault } = tools;
  return new Promise((done, reject) => {
    const child = spawn(java, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const collect = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-outputCharsMax);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    let isTooLate = false;
    const timer = setTimeout(() => {
      isTooLate = true;
      child.kill('SIGKILL');
    }, timeLimitMs);
    child.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      reject(new GeneratorError(cannotStart(java, error), { cause: error }));
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      if (code === 0) done();
      else if (isTooLate) reject(new GeneratorError(`OpenAPI Generator was ended after ${timeLimitMs} ms`));
      else
        reject(new GeneratorError(`OpenAPI Generator failed: ${whatFailed(output) ?? `exit code ${code}`}`));
    });
  });
}

const cannotStart = (java: string, error: NodeJS.ErrnoException): string =>
  error.code === 'ENOENT'
    ? `The command "${java}" was not found. Install Java 11 or newer, for example: apt-get install default-jre-headless`
    : `The command "${java}" cannot be run: ${error.message}`;

/** The line that names the exception, without Java's stack. */
function whatFailed(output: string): string | undefined {
  const lines = output.split('\n').map((line) => line.trim());
  const found = lines.findLast((line) => /^(Caused by: |Exception in thread|Error: |\[error\])/.test(line));
  return (found ?? lines.findLast((line) => line !== ''))?.slice(0, 300);
}

async function filesUnder(folder: string): Promise<Files> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files = new Map<string, Uint8Array>();
  for (const path of paths.sort())
    files.set(path.slice(folder.length + 1).replaceAll(sep, '/'), await readFile(path));
  return files;
}
