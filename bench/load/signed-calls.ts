// Signed calls of the management API over a few kept connections, by the least code that makes them: several times as fast
// as an AWS SDK.

import { Agent, request } from 'node:http';
import { SigningKeys, signRequest } from '../../src/base/sigv4/index.ts';
import { manager } from '../harness/publish-sockets.ts';

const concurrency = 32;

export class SignedCalls {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  readonly #keys = new SigningKeys();
  readonly #port: number;
  readonly #prefix: string;

  constructor(port: number, prefix: string) {
    this.#port = port;
    this.#prefix = prefix;
  }

  /** @returns status and body */
  call(method: string, target: string, body: string): Promise<{ status: number; text: string }> {
    const [path = '', query = ''] = `${this.#prefix}${target}`.split('?');
    const headers = ['host', `127.0.0.1:${this.#port}`];
    const added = signRequest({ method, path, query, headers }, body, manager, {
      region: 'us-east-1',
      service: 'execute-api',
      nowMs: Date.now(),
      keys: this.#keys,
    });
    const all = [...headers, ...added, 'content-length', String(Buffer.byteLength(body))];
    return new Promise((resolve, reject) => {
      const options = {
        host: '127.0.0.1',
        port: this.#port,
        method,
        path: query === '' ? path : `${path}?${query}`,
        headers: Object.fromEntries(all.flatMap((name, i) => (i % 2 === 0 ? [[name, all[i + 1]!]] : []))),
        agent: this.#agent,
      };
      const sent = request(options, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString();
        });
        response.on('end', () => resolve({ status: response.statusCode!, text }));
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  /** The same call for each target, as many at once as there are connections. */
  async each(method: string, targets: readonly string[], body: string): Promise<void> {
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < targets.length) {
        const { status, text } = await this.call(method, targets[next++]!, body);
        if (status !== 200) throw new Error(`${method} was answered ${status} ${text}`);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
  }

  close(): void {
    this.#agent.destroy();
  }
}
