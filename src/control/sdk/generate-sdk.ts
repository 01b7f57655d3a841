// One act: an SDK of a deployed stage, as a zip.

import { createHash } from 'node:crypto';
import { strFromU8, strToU8, type Zippable, zipSync } from 'fflate';
import type { DeploymentSnapshot } from '../../resources/index.ts';
import { badRequest, tooManyRequests } from '../protocol/exceptions.ts';
import { clientDocumentOf } from './client-document.ts';
import { clientMethodsOf } from './client-methods.ts';
import { type GeneratedKind, generatedKinds } from './generated-sdk.ts';
import { generatorVersion } from './generator-jar.ts';
import { javascriptFiles } from './javascript/index.ts';
import { type Files, GeneratorError, runGenerator, type SdkTools } from './run-generator.ts';
import { createSdkCache } from './sdk-cache.ts';
import type { SdkRequest } from './sdk-types.ts';

export interface SdkSource {
  readonly snapshot: DeploymentSnapshot;
  /** The snapshot's. */
  readonly hash: string;
  readonly stageName: string;
  readonly region: string;
  readonly invokeUrl: string;
  readonly dataDir: string;
  readonly tools: SdkTools;
}

const cacheBytesMax = 32 * 1024 * 1024;
const cache = createSdkCache(cacheBytesMax);

/** Java takes a core and half a gigabyte for seconds: generators run one after another, and few wait. */
const waitingMax = 8;
let waiting = 0;
let lastRun: Promise<unknown> = Promise.resolve();

/**
 * The archive of an SDK. The same SDK twice is the same bytes.
 *
 * @throws (rejects) BadRequestException that says what is missing, or TooManyRequestsException
 */
export function generateSdk(request: SdkRequest, source: SdkSource): Promise<Uint8Array> {
  const { hash, stageName, region, invokeUrl } = source;
  const parts = [generatorVersion, request.type, request.parameters, hash, stageName, region, invokeUrl];
  const key = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  return cache.get(key, async () => archiveOf(await filesOf(request, source), source.snapshot));
}

async function filesOf(request: SdkRequest, source: SdkSource): Promise<Files> {
  const { type, parameters } = request;
  if (type === 'javascript') return javascriptFilesOf(source);
  const kind = generatedKinds[type];
  const { invokeUrl, dataDir, tools } = source;
  const { definition } = source.snapshot;
  const document = clientDocumentOf({ definition, invokeUrl, tag: kind.tag(parameters) });
  const properties = kind.properties(parameters);
  try {
    const run = { generator: kind.generator, document, properties, dataDir, tools };
    const files = await oneByOne(() => runGenerator(run));
    const kept = [...files].filter(([path]) => kind.isKept(path, parameters));
    return new Map(kept.map(([path, content]) => [path, corrected(kind, path, content)]));
  } catch (error) {
    // Not a 5xx: clients repeat those, and nothing would have changed.
    if (error instanceof GeneratorError)
      throw badRequest(`Cannot generate the ${type} SDK: ${error.message}`);
    throw error;
  }
}

function corrected({ corrected: correct }: GeneratedKind, path: string, content: Uint8Array): Uint8Array {
  return correct === undefined ? content : strToU8(correct(path, strFromU8(content)));
}

function javascriptFilesOf({ snapshot, stageName, region, invokeUrl }: SdkSource): Files {
  const { definition } = snapshot;
  const apiName = definition.restApi.name;
  const files = javascriptFiles({
    apiName,
    stageName,
    region,
    invokeUrl,
    methods: clientMethodsOf(definition),
  });
  return new Map(Object.entries(files).map(([path, text]) => [path, strToU8(text)]));
}

async function oneByOne<T>(work: () => Promise<T>): Promise<T> {
  if (waiting >= waitingMax) throw tooManyRequests('Too many SDKs are being generated', 10);
  waiting += 1;
  const run = lastRun.then(work, work);
  lastRun = run.catch(() => {});
  try {
    return await run;
  } finally {
    waiting -= 1;
  }
}

/** At most some megabytes of text: about 30 ms. */
function archiveOf(files: Files, { deployment }: DeploymentSnapshot): Uint8Array {
  const entries: Zippable = {};
  for (const [path, content] of files)
    entries[path] = [content, { mtime: deployment.createdDate, os: 3, attrs: modeOf(path) << 16 }];
  return zipSync(entries);
}

/** Unix's: a wrapper script is to be run. */
const modeOf = (path: string): number => (/(^|\/)gradlew$/.test(path) ? 0o100755 : 0o100644);
