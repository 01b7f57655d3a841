// A connection as others of its process may use it. Types only.

export interface Connection {
  /** 16 characters that tell where the connection lives: see connection-id.ts. */
  readonly id: string;
  readonly apiId: string;
  readonly stageName: string;
  /** Wall time, milliseconds. */
  readonly connectedAtMs: number;
  /** Wall time of the last message, in either direction; milliseconds. */
  readonly lastActiveAtMs: number;
  readonly sourceIp: string;
  readonly userAgent: string;
  readonly topics: ReadonlySet<string>;
  /**
   * Sends a message: text when it is UTF-8, else bytes. Before the handshake is done it waits, in order.
   * @returns `overflow` when the client reads too slowly and its stage lets none wait for it any more
   */
  post(message: Uint8Array): 'sent' | 'buffered' | 'overflow' | 'gone';
  /** @returns false when it is gone */
  close(code: number, reason: string): boolean;
  /** @returns false when it is gone, or has as many topics as it may */
  join(topic: string): boolean;
  leave(topic: string): void;
}

/** All connections of this process. */
export interface Connections {
  readonly count: number;
  /** null when there is none of that id; also for the id of another process. */
  find(id: string): Connection | null;
  /** Those of a stage, in no order. */
  list(apiId: string, stageName: string, max: number): readonly Connection[];
}
