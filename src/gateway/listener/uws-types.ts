// The part of uWebSockets.js that Sluice uses, as the ABI 137 binary of uwebsockets 3.0.6 has it. The package's own
// index.d.ts is older than its binaries. The rules that keep the process alive stand beside each method.

/** Valid until end, close or abort; every call after that throws. */
export interface UwsResponse {
  writeStatus(status: string | Uint8Array): UwsResponse;
  writeHeader(name: string | Uint8Array, value: string | Uint8Array): UwsResponse;
  /** One chunk of a chunked answer. @returns false on backpressure; uWS keeps the rest */
  write(chunk: string | Uint8Array): boolean;
  /**
   * Sends what fits of `chunk`, as the next part of a body of `totalBytes`; what did not fit is not kept.
   * @returns [all of it fit, the body is complete]
   */
  tryEnd(chunk: Uint8Array, totalBytes: number): [boolean, boolean];
  end(body?: string | Uint8Array, closeConnection?: boolean): UwsResponse;
  endWithoutBody(reportedBytes?: number, closeConnection?: boolean): UwsResponse;
  /** Body bytes given to `tryEnd` and `write` so far that were taken. */
  getWriteOffset(): number;
  onWritable(callback: (offset: number) => boolean): UwsResponse;
  onAborted(callback: () => void): UwsResponse;
  /** The chunk is detached when the callback returns. Called once with an empty last chunk when there is no body. */
  onData(callback: (chunk: ArrayBuffer, isLast: boolean) => void): UwsResponse;
  collectBody(bytesMax: number, callback: (body: ArrayBuffer | null) => void): UwsResponse;
  /** Runs the callback at once; its writes leave in one packet. */
  cork(callback: () => void): UwsResponse;
  close(): UwsResponse;
  pause(): void;
  resume(): void;
  /** 4 or 16 bytes; empty for a Unix socket. */
  getRemoteAddress(): ArrayBuffer;
  getRemoteAddressAsText(): ArrayBuffer;
  /** What a PROXY v2 header said, whoever sent it; empty without one. */
  getProxiedRemoteAddress(): ArrayBuffer;
  getRemotePort(): number;
  /** PEM text of the client's certificate, undefined when it showed none. */
  getX509Certificate(): string | undefined;
  upgrade<UserData>(
    userData: UserData,
    key: string,
    protocol: string,
    extensions: string,
    context: UwsSocketContext,
  ): void;
}

/** Valid only until the handler returns or awaits. */
export interface UwsRequest {
  getHeader(lowerCaseName: string): string;
  getUrl(): string;
  /** Lower-cases the method in place: call `getCaseSensitiveMethod` first. */
  getMethod(): string;
  getCaseSensitiveMethod(): string;
  /** undefined when the target has no `?`. */
  getQuery(): string | undefined;
  forEach(callback: (name: string, value: string) => void): void;
  setYield(yielded: boolean): UwsRequest;
}

declare const opaque: unique symbol;
export type UwsListenSocket = { readonly [opaque]: 'listen socket' };
export type UwsSocketContext = { readonly [opaque]: 'socket context' };

export interface UwsTlsOptions {
  readonly key_file_name?: string;
  readonly cert_file_name?: string;
  readonly ca_file_name?: string;
  readonly passphrase?: string;
  readonly ssl_ciphers?: string;
}

/** The members of what was given to `upgrade` are copied to it; its prototype is not. */
export type UwsWebSocket<UserData> = UserData & UwsWebSocketMethods<UserData>;

export interface UwsWebSocketMethods<UserData> {
  /** @returns 0 buffered, 1 sent, 2 dropped */
  send(message: string | Uint8Array, isBinary?: boolean, compress?: boolean): number;
  end(code?: number, message?: string | Uint8Array): void;
  close(): void;
  ping(message?: string | Uint8Array): number;
  getBufferedAmount(): number;
  getRemoteAddress(): ArrayBuffer;
  getRemoteAddressAsText(): ArrayBuffer;
  subscribe(topic: string): boolean;
  unsubscribe(topic: string): boolean;
  cork(callback: () => void): UwsWebSocket<UserData>;
}

export interface UwsWebSocketBehavior<UserData> {
  maxPayloadLength?: number;
  /** Seconds; above 960 the process aborts at registration. */
  idleTimeout?: number;
  /** Minutes, 0 = off. */
  maxLifetime?: number;
  compression?: number;
  maxBackpressure?: number;
  closeOnBackpressureLimit?: boolean;
  sendPingsAutomatically?: boolean;
  upgrade?: (response: UwsResponse, request: UwsRequest, context: UwsSocketContext) => void;
  open?: (socket: UwsWebSocket<UserData>) => void;
  message?: (socket: UwsWebSocket<UserData>, message: ArrayBuffer, isBinary: boolean) => void;
  drain?: (socket: UwsWebSocket<UserData>) => void;
  close?: (socket: UwsWebSocket<UserData>, code: number, message: ArrayBuffer) => void;
}

export interface UwsApp {
  any(pattern: string, handler: (response: UwsResponse, request: UwsRequest) => void): UwsApp;
  ws<UserData>(pattern: string, behavior: UwsWebSocketBehavior<UserData>): UwsApp;
  /** The callback runs before `listen` returns. */
  listen(
    host: string,
    port: number,
    options: number,
    callback: (socket: UwsListenSocket | false) => void,
  ): UwsApp;
  listen_unix(callback: (socket: UwsListenSocket | false) => void, path: string): UwsApp;
  /** Counts connections: called with 1 for each that opens and -1 for each that closes. */
  filter(callback: (response: UwsResponse, change: number) => void): UwsApp;
  /** To all sockets of this app. @returns false when nobody is subscribed */
  publish(topic: string, message: string | Uint8Array, isBinary?: boolean, compress?: boolean): boolean;
  numSubscribers(topic: string): number;
  addServerName(name: string, options: UwsTlsOptions): UwsApp;
  removeServerName(name: string): UwsApp;
  domain(name: string): UwsApp;
  /** Cuts every connection at once. */
  close(): UwsApp;
}

export interface Uws {
  App(): UwsApp;
  /** @throws when a file cannot be read or does not fit, without saying which */
  SSLApp(options: UwsTlsOptions): UwsApp;
  us_listen_socket_close(socket: UwsListenSocket): void;
  us_socket_local_port(socket: UwsListenSocket): number;
  _cfg(option: 'silent'): void;
  readonly LIBUS_LISTEN_EXCLUSIVE_PORT: number;
  readonly DISABLED: number;
  readonly SHARED_COMPRESSOR: number;
  readonly DEDICATED_COMPRESSOR_4KB: number;
}
