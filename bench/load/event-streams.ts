// Many clients that read server-sent events, in this process: each event tells when it was written.

import { connect, type Socket } from 'node:net';

const connectingMax = 200;

/** Streams that are open; `delaysUs` gathers the age of each event on its arrival. */
export class EventStreams {
  readonly delaysUs: number[] = [];
  broken = 0;
  readonly #port: number;
  readonly #request: string;
  readonly #sockets = new Set<Socket>();

  /** @param request - whole, as it goes over the wire */
  constructor(port: number, request: string) {
    this.#port = port;
    this.#request = request;
  }

  get open(): number {
    return this.#sockets.size;
  }

  /** Opens more of them, some at a time, until there are so many. @throws (rejects) when one is not answered 200 */
  async openUpTo(count: number): Promise<void> {
    while (this.open < count) {
      const missing = Math.min(connectingMax, count - this.open);
      await Promise.all(Array.from({ length: missing }, () => this.#openOne()));
    }
  }

  close(): void {
    for (const socket of this.#sockets) {
      socket.removeAllListeners('close');
      socket.destroy();
    }
    this.#sockets.clear();
  }

  #openOne(): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.#port, '127.0.0.1');
      let text = '';
      let hasBegun = false;
      socket.on('connect', () => socket.write(this.#request));
      socket.on('error', reject);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        this.broken++;
        reject(new Error(`a stream ended: ${text.slice(0, 200)}`));
      });
      socket.on('data', (chunk) => {
        text += chunk.toString('latin1');
        if (!hasBegun) {
          if (!text.includes(': open')) return;
          hasBegun = true;
          if (!text.startsWith('HTTP/1.1 200')) reject(new Error(text.slice(0, 200)));
          this.#sockets.add(socket);
          resolve();
        }
        const nowUs = Number(process.hrtime.bigint() / 1_000n);
        for (const [, writtenUs] of text.matchAll(/data: (\d+)\n\n/g))
          this.delaysUs.push(nowUs - Number(writtenUs));
        const last = text.lastIndexOf('\n\n');
        if (last >= 0) text = text.slice(last + 2);
      });
    });
  }
}
