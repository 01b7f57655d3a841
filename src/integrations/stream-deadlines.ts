// How long a streamed answer may take as a whole, and how long it may be silent.

import type { Exchange } from '../exchange/exchange.ts';

/** @see data-plane reference, section 15: between pieces 5 minutes, of edge-optimised APIs 30 seconds */
const silenceMs = 300_000;
const silenceMsOfEdge = 30_000;

export class StreamDeadlines {
  readonly #expire: (detail: string) => void;
  readonly #total: NodeJS.Timeout;
  #silence: NodeJS.Timeout | null = null;

  /**
   * Begins with the call.
   * @param totalMs - for the whole answer
   * @param expire - called at most once, with what was missing, for the log
   */
  constructor(totalMs: number, expire: (detail: string) => void) {
    this.#expire = expire;
    this.#total = setTimeout(expire, totalMs, `no complete answer within ${totalMs} ms`);
  }

  /** The answer has begun: from now on it may not be silent for too long. */
  begun({ route }: Exchange): void {
    const ms = route.endpointType === 'EDGE' ? silenceMsOfEdge : silenceMs;
    this.#silence = setTimeout(this.#expire, ms, `nothing came for ${ms} ms`);
  }

  /** Something came, or was asked for. */
  moved(): void {
    this.#silence?.refresh();
  }

  close(): void {
    clearTimeout(this.#total);
    if (this.#silence !== null) clearTimeout(this.#silence);
  }
}
