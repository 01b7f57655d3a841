// Which release of OpenAPI Generator makes the SDKs, where its jar lies, and how it is got.

import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** The release and the SHA-256 of its jar belong together: change both. */
export const generatorVersion = '7.25.0';
export const generatorSha256 = '41ce4f6b07f196676439d710759fa1ced7a08066d06ff1bf314681470289efae';
/** Maven Central. */
export const mavenRepositoryDefault = 'https://repo1.maven.org/maven2';

const jarName = `openapi-generator-cli-${generatorVersion}.jar`;
const jarBytesMax = 200_000_000;

/** Where the jar lies in a data folder. */
export const generatorJarPath = (dataDir: string): string => join(dataDir, 'tools', jarName);

/** Where a Maven repository has the jar. */
export const generatorJarUrl = (repository: string): string =>
  `${repository.replace(/\/+$/, '')}/org/openapitools/openapi-generator-cli/${generatorVersion}/${jarName}`;

export interface FetchGenerator {
  readonly dataDir: string;
  /** A Maven repository; default: Maven Central. */
  readonly repository?: string;
  /** SHA-256 of the jar; only tests have another. */
  readonly sha256?: string;
  readonly onProgress?: (bytesRead: number, bytesTotal: number | undefined) => void;
  readonly signal?: AbortSignal;
}

export interface FetchedGenerator {
  readonly path: string;
  /** False when the right jar was there. */
  readonly isNew: boolean;
}

/** The jar could not be had. The message is one line. */
export class GeneratorFetchError extends Error {
  override readonly name = 'GeneratorFetchError';
}

/**
 * Gets the jar into the data folder, unless it is there. What is not the pinned jar is never put in its place.
 *
 * @throws (rejects) GeneratorFetchError
 */
export async function fetchGenerator(request: FetchGenerator): Promise<FetchedGenerator> {
  const { dataDir, repository = mavenRepositoryDefault, sha256 = generatorSha256 } = request;
  const path = generatorJarPath(dataDir);
  if (existsSync(path) && (await sha256Of(path)) === sha256) return { path, isNew: false };
  const url = generatorJarUrl(repository);
  const part = `${path}.${process.pid}.part`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const found = await download(url, part, request);
    if (found !== sha256)
      throw new GeneratorFetchError(`Cannot use ${url}: its SHA-256 is ${found}, expected ${sha256}`);
    await rename(part, path);
    return { path, isNew: true };
  } catch (error) {
    if (error instanceof GeneratorFetchError) throw error;
    throw new GeneratorFetchError(`Cannot fetch ${url}: ${reasonOf(error)}`, { cause: error });
  } finally {
    await rm(part, { force: true });
  }
}

/** @returns SHA-256 of what was written, which is on disk then */
async function download(url: string, file: string, { signal, onProgress }: FetchGenerator): Promise<string> {
  const response = await fetch(url, signal === undefined ? {} : { signal });
  if (!response.ok || response.body === null) throw new Error(`the server answered ${response.status}`);
  const total = Number(response.headers.get('content-length') ?? Number.NaN);
  const hash = createHash('sha256');
  const target = await open(file, 'w');
  try {
    let read = 0;
    for await (const chunk of response.body) {
      read += chunk.length;
      if (read > jarBytesMax) throw new Error(`it has more than ${jarBytesMax} bytes`);
      hash.update(chunk);
      await target.writeFile(chunk);
      onProgress?.(read, Number.isNaN(total) ? undefined : total);
    }
    await target.sync();
  } finally {
    await target.close();
  }
  return hash.digest('hex');
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** `fetch failed` says nothing: its cause does. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}
