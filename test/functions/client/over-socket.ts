// Fake functions behind a real socket, and a client of it.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import {
  FunctionsClient,
  type FunctionsClientSettings,
} from '../../../src/functions/client/functions-client.ts';
import type { Functions } from '../../../src/functions/functions.ts';
import { type FunctionsServer, serveFunctions } from '../../../src/functions/server/functions-server.ts';
import { FakeFunctions } from '../fake-functions.ts';

/** A path for a socket; its folder is removed at the end of the test. */
export function socketFolder(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return path.join(folder, 'functions.sock');
}

export async function serve(
  t: TestContext,
  socketPath: string,
  functions: Functions,
): Promise<FunctionsServer> {
  const server = await serveFunctions({ socketPath, functions: Promise.resolve(functions) });
  t.after(() => server.close());
  return server;
}

export function connect(
  t: TestContext,
  socketPath: string,
  changes: Partial<FunctionsClientSettings> = {},
): FunctionsClient {
  const client = new FunctionsClient({
    socketPath,
    isHostExpected: () => true,
    onBug: (error) => {
      throw error;
    },
    ...changes,
  });
  t.after(() => client.close());
  return client;
}

export async function overSocket(t: TestContext): Promise<{
  fake: FakeFunctions;
  server: FunctionsServer;
  client: FunctionsClient;
  socketPath: string;
}> {
  const socketPath = socketFolder(t);
  const fake = new FakeFunctions();
  const server = await serve(t, socketPath, fake);
  return { fake, server, client: connect(t, socketPath), socketPath };
}

/** Turns of the event loop until it is so. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}
