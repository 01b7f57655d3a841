// A management server over a control plane that only remembers what it was asked: for tests of the protocol alone.

import assert from 'node:assert/strict';
import { type IncomingHttpHeaders, request as startRequest } from 'node:http';
import type { Caller } from '../../../src/control/api/handler.ts';
import type { ControlPlane } from '../../../src/control/control-plane.ts';
import type { CallRecord } from '../../../src/control/protocol/call-record.ts';
import type { OperationName } from '../../../src/control/protocol/operations.ts';
import {
  createManagementServer,
  type ManagementServerOptions,
} from '../../../src/control/protocol/server.ts';

export const admin: Caller = {
  arn: 'arn:aws:iam::111122223333:user/admin',
  userName: 'admin',
  accessKeyId: 'AKIDEXAMPLE',
  sourceIp: '127.0.0.1',
  userAgent: 'test',
};

export interface WireAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** As bytes are, one character each. */
  readonly text: string;
  /** Of a JSON body; undefined when there is none. */
  readonly json: unknown;
}

export interface WireRequest {
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array;
}

export interface TestWire {
  readonly port: number;
  /** What reached the control plane. */
  readonly calls: { readonly name: OperationName; readonly input: unknown }[];
  readonly records: CallRecord[];
  readonly logged: string[];
  /** Sends one request; the path goes out as it is. */
  send(method: string, path: string, request?: WireRequest): Promise<WireAnswer>;
}

/** @param answer - stands for the handlers; what it gives back is the answer */
export async function testWire(
  t: { after(work: () => unknown): void },
  answer: (name: OperationName, input: unknown) => unknown = () => ({}),
  options: Partial<ManagementServerOptions> = {},
): Promise<TestWire> {
  const calls: { name: OperationName; input: unknown }[] = [];
  const records: CallRecord[] = [];
  const logged: string[] = [];
  const controlPlane = {
    call: async (name: OperationName, input: unknown) => {
      calls.push({ name, input });
      return answer(name, input);
    },
    services: { account: { accountId: '111122223333', region: 'us-east-1', partition: 'aws' } },
  } as unknown as ControlPlane;
  const server = createManagementServer({
    controlPlane,
    host: '127.0.0.1',
    port: 0,
    authenticate: () => admin,
    onCall: (record) => records.push(record),
    log: (text) => logged.push(text),
    ...options,
  });
  const port = await server.listen();
  t.after(() => server.close());
  return { port, calls, records, logged, send: (...args) => send(port, ...args) };
}

export function send(
  port: number,
  method: string,
  path: string,
  given: WireRequest = {},
): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    const body = given.body === undefined ? null : Buffer.from(given.body);
    const headers = { ...(body && { 'content-length': String(body.length) }), ...given.headers };
    const request = startRequest({ host: '127.0.0.1', port, method, path, headers, agent: false });
    request.once('error', reject);
    request.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString('latin1');
        const isJson = response.headers['content-type'] === 'application/json' && text !== '';
        const json = isJson ? JSON.parse(Buffer.concat(chunks).toString()) : undefined;
        resolve({ status: response.statusCode!, headers: response.headers, text, json });
      });
    });
    request.end(body ?? undefined);
  });
}

/** Asserts the form of every refusal, and which one it is. */
export function assertRefused(answer: WireAnswer, status: number, type: string, message: string): void {
  assert.deepEqual(
    { status: answer.status, type: answer.headers['x-amzn-errortype'], body: answer.json },
    { status, type, body: { message } },
  );
  assert.match(String(answer.headers['x-amzn-requestid']), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
}
