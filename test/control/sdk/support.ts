// SDKs in tests: made of a definition, unpacked, and loaded as a user loads them.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import vm from 'node:vm';
import { strFromU8, unzipSync } from 'fflate';
import { generateSdk, type SdkSource, sdkRequestOf } from '../../../src/control/sdk/index.ts';
import type { ApiDefinition } from '../../../src/resources/index.ts';

export interface SdkOptions extends Partial<SdkSource> {
  readonly type?: string;
  readonly parameters?: Readonly<Record<string, string>>;
}

let snapshots = 0;

/** The archive of an SDK of a definition that was just deployed. */
export function sdkOf(definition: ApiDefinition, options: SdkOptions = {}): Promise<Uint8Array> {
  const { type = 'javascript', parameters = {}, ...source } = options;
  return generateSdk(sdkRequestOf(type, parameters), {
    snapshot: {
      format: 1,
      deployment: { id: 'dep001', createdDate: '2026-01-01T00:00:00.000Z' },
      definition,
    },
    hash: `test${++snapshots}`,
    stageName: 'test',
    region: 'us-east-1',
    invokeUrl: 'http://127.0.0.1:1/test',
    dataDir: 'none',
    tools: {},
    ...source,
  });
}

export const textsOf = (archive: Uint8Array): Record<string, string> =>
  Object.fromEntries(Object.entries(unzipSync(archive)).map(([name, bytes]) => [name, strFromU8(bytes)]));

/** Unpacks an archive into a folder that ends with the test. */
export function unpacked(t: { after(work: () => void): void }, archive: Uint8Array): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-sdk-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, bytes] of Object.entries(unzipSync(archive))) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  }
  return folder;
}

// biome-ignore lint/suspicious/noExplicitAny: what a script has is known to its own declarations only
export type Client = Record<string, (...args: any[]) => Promise<any>>;
export interface Factory {
  newClient(config?: Readonly<Record<string, unknown>>): Client;
}

/** The three ways to load a JavaScript SDK. */
export const loaders: Readonly<Record<string, (folder: string) => Promise<Factory>>> = {
  import: async (folder) =>
    (await import(pathToFileURL(path.join(folder, 'apiGateway-js-sdk/apigClient.mjs')).href))
      .apigClientFactory,
  require: async (folder) =>
    createRequire(import.meta.url)(path.join(folder, 'apiGateway-js-sdk/apigClient.js')).apigClientFactory,
  'import of the CommonJS file': async (folder) =>
    (await import(pathToFileURL(path.join(folder, 'apiGateway-js-sdk/apigClient.js')).href))
      .apigClientFactory,
};

/** Runs `apigClient.js` as a page does: no modules, a global of its name. */
export function pageFactory(archive: Uint8Array): Factory {
  const given = pageGlobals.map((name) => [name, (globalThis as Record<string, unknown>)[name]]);
  const page = vm.createContext(Object.fromEntries(given));
  vm.runInContext(textsOf(archive)['apiGateway-js-sdk/apigClient.js']!, page);
  return vm.runInContext('apigClientFactory', page) as Factory;
}

const pageGlobals = [
  'fetch',
  'URL',
  'URLSearchParams',
  'TextEncoder',
  'crypto',
  'Blob',
  'FormData',
  'ArrayBuffer',
];
