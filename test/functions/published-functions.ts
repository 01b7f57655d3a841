// Functions as they are published, without a control plane: a state and a folder of code.

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Packr } from 'msgpackr';
import type { PublishedFunction, PublishedState } from '../../src/resources/index.ts';
import { publishedStatePath } from '../../src/resources/snapshot-file.ts';

/** A function of Node.js without limits of its own. @param handler - `app.handler` */
export const publishedFunction = (functionName: string, handler: string): PublishedFunction => ({
  functionName,
  functionArn: `arn:aws:lambda:us-east-1:000000000000:function:${functionName}`,
  reservedConcurrency: null,
  versions: [
    {
      version: '$LATEST',
      runtime: 'nodejs24.x',
      handler: handler,
      codeHash: codeHash,
      environment: {},
      timeoutSeconds: 60,
      memoryMb: 512,
      ephemeralStorageMb: 512,
      concurrencyPerEnvironment: 1,
    },
  ],
  aliases: [],
  policies: {},
  eventInvokeConfigs: {},
});

/** Writes the published state of a data folder. */
export function publishFunctions(
  dataDir: string,
  revision: number,
  functions: readonly PublishedFunction[],
): void {
  const state: PublishedState = {
    format: 1,
    revision,
    accountId: '000000000000',
    region: 'us-east-1',
    accountThrottle: { rateRps: 1, burst: 1 },
    stages: [],
    functions,
  };
  writeFileSync(publishedStatePath(dataDir), new Packr({ useRecords: false }).pack(state));
}

/** Writes `app.js` of all functions that `publishedFunction` makes. */
export function writeCode(dataDir: string, source: string): void {
  const folder = path.join(dataDir, 'functions', 'code', codeHash);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'app.js'), source);
}

const codeHash = 'c0de';
