// A TLS listener of Node's in front of a uWebSockets.js one, for what that cannot do: certificates of clients asked for under
// some names and not under others, and versions and suites by name. Bytes go on over a Unix socket that nobody else can
// reach; a PROXY v2 header with a secret name in it says which connection they are of.

import { connect, createServer, type Server, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { addressBytes } from '../../policy/index.ts';
import { readClientHello } from './client-hello.ts';
import { type Acceptance, FrontConnection } from './front-connection.ts';
import { connectionKey, newConnectionName, proxyHeader } from './proxy-header.ts';
import type { SecureDomains, SecureServer } from './secure-domains.ts';
import { certificateChain, chainLengthMax, type TrustStore, weaknessOf } from './trust-store.ts';

export interface FrontOptions {
  readonly host: string;
  readonly port: number;
  readonly isPortShared: boolean;
  /** Where the plain listener behind listens. */
  readonly socketPath: string;
  readonly domains: SecureDomains;
  readonly guard: FrontGuard;
}

/** Who may connect. Addresses have four bytes or sixteen. */
export interface FrontGuard {
  /** Whether a new connection is let in. */
  admits(address: readonly number[]): boolean;
  /** It has said hello: the costly part begins. */
  handshaking(address: readonly number[]): void;
}

export interface FrontStats {
  /** Handshakes that came to their end. */
  readonly handshakeCount: number;
  readonly handshakeFailureCount: number;
  /** Certificates that were not accepted, by OpenSSL's word or ours. */
  readonly refusedCertificates: Readonly<Record<string, number>>;
  /** Connections that are not through their handshake. */
  readonly pendingCount: number;
}

/** From the connection to the client's whole hello; the handshake after it has as long again. */
const helloMs = 10_000;
const helloBytesUsual = 2_048;
/** For what is under way to the client when the listener behind has closed. */
const lingerMs = 5_000;
/** Handshakes under way at once, of some 50 KB each; more connections are cut. */
const pendingMax = 4_096;
/** Open files of one connection: the client's, and both ends of the Unix socket. */
export const descriptorsEach = 3;
/** What the kernel may queue; it takes less where `net.core.somaxconn` says so. */
const backlog = 4_096;

export class TlsFront {
  readonly #options: FrontOptions;
  readonly #server: Server;
  readonly #connections = new Map<string, FrontConnection>();
  readonly #raw = new Set<Socket>();
  readonly #refused: Record<string, number> = {};
  #securedCount = 0;
  #handshakeCount = 0;
  #failureCount = 0;

  constructor(options: FrontOptions) {
    this.#options = options;
    this.#server = createServer({ noDelay: true, pauseOnConnect: false }, (socket) => this.#accept(socket));
    const { domains } = options;
    domains.onSecure = (socket, server) => this.#secured(socket, server);
    domains.onHandshakeFailed = (socket) => {
      this.#failureCount++;
      socket.destroy();
    };
    domains.changed.add(this.#judgeAgain);
  }

  /** @returns the port bound; rejects with Node's own error */
  listen(): Promise<number> {
    const { host, port, isPortShared } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port, backlog, reusePort: isPortShared, exclusive: true }, () => {
        this.#server.off('error', reject);
        // Such as having no descriptor left: the next connection that comes is tried anew.
        this.#server.on('error', () => {});
        const address = this.#server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  }

  /** New connections are refused, open ones go on. */
  stopAccepting(): void {
    this.#server.close();
  }

  /** Cuts everything. */
  close(): void {
    this.#options.domains.changed.delete(this.#judgeAgain);
    this.#server.close();
    for (const socket of this.#raw) socket.destroy();
  }

  /** The connection that a request came on. @param address - what the PROXY header said; null when it is none of ours */
  connectionOf(address: ArrayBuffer): FrontConnection | null {
    return this.#connections.get(connectionKey(address)) ?? null;
  }

  get openCount(): number {
    return this.#raw.size;
  }

  get stats(): FrontStats {
    return {
      handshakeCount: this.#handshakeCount,
      handshakeFailureCount: this.#failureCount,
      refusedCertificates: { ...this.#refused },
      pendingCount: this.#raw.size - this.#securedCount,
    };
  }

  readonly #judgeAgain = (): void => {
    const { domains } = this.#options;
    const nowMs = Date.now();
    for (const connection of this.#connections.values())
      if (connection.trustDomain !== null)
        connection.judgeAgain(domains.storeOf(connection.trustDomain), nowMs);
  };

  #accept(socket: Socket): void {
    const { domains, guard } = this.#options;
    const address = addressBytes(textual(socket.remoteAddress ?? ''));
    socket.on('error', () => {});
    const isFull = this.#raw.size - this.#securedCount >= pendingMax;
    if (address === null || isFull || !guard.admits(address)) {
      socket.resetAndDestroy();
      return;
    }
    this.#raw.add(socket);
    socket.once('close', () => this.#raw.delete(socket));
    readHello(socket, (serverName) => {
      guard.handshaking(address);
      domains.serverOf(serverName).server.emit('connection', socket);
    });
  }

  #secured(socket: TLSSocket, { domain, store }: SecureServer): void {
    this.#handshakeCount++;
    this.#securedCount++;
    socket.disableRenegotiation();
    // Node tells of a second handshake as an error, and by itself goes on with it: each is a signature by our key.
    socket.on('error', () => socket.destroy());
    const { servername, remoteAddress } = socket as { servername?: string | false } & TLSSocket;
    const name = newConnectionName();
    const key = connectionKey(name);
    socket.once('close', () => {
      this.#securedCount--;
      this.#connections.delete(key);
    });
    // Who has gone already cannot be named any more, and what it asked is not to be judged without its address.
    if (remoteAddress === undefined) {
      socket.destroy();
      return;
    }
    const connection = new FrontConnection({
      address: textual(remoteAddress),
      serverName: typeof servername === 'string' ? servername.toLowerCase().replace(/\.$/, '') : null,
      trustDomain: store === null ? null : domain!.name,
      acceptance: store === null ? null : this.#acceptanceBy(store, socket),
    });
    this.#connections.set(key, connection);
    const behind = connect(this.#options.socketPath);
    behind.on('error', () => socket.destroy());
    socket.once('close', () => behind.destroy());
    behind.once('close', () => {
      const timer = setTimeout(() => socket.destroy(), lingerMs);
      timer.unref();
      socket.once('close', () => clearTimeout(timer));
      socket.destroySoon();
    });
    behind.write(proxyHeader(name));
    socket.pipe(behind);
    behind.pipe(socket);
  }

  /** null: the client is not let in. */
  #acceptanceBy(store: TrustStore, socket: TLSSocket): Acceptance | null {
    const own = socket.getPeerX509Certificate();
    if (own === undefined) return this.#refuse('none');
    if (store.authorities.length === 0) return this.#refuse('no truststore');
    if (!socket.authorized) return this.#refuse(String(socket.authorizationError ?? 'unauthorized'));
    if (certificateChain(own, store.authorities).length > chainLengthMax)
      return this.#refuse('chain too long');
    return weaknessOf(own) === null ? { own, store } : this.#refuse('too weak');
  }

  #refuse(reason: string): null {
    this.#refused[reason] = (this.#refused[reason] ?? 0) + 1;
    return null;
  }
}

/** Reads until the client has said which server it wants, and puts back what was read. */
function readHello(socket: Socket, done: (serverName: string | null) => void): void {
  const timer = setTimeout(() => socket.destroy(), helloMs);
  let held = Buffer.allocUnsafe(helloBytesUsual);
  let size = 0;
  let sizeMin = 1;
  const look = (): void => {
    for (let chunk = socket.read() as Buffer | null; chunk !== null; chunk = socket.read() as Buffer | null) {
      if (size + chunk.length > held.length) held = Buffer.concat([held], 2 * (size + chunk.length));
      size += chunk.copy(held, size);
    }
    // Reading records of one byte takes up to a millisecond, and whoever likes sends a byte at a time.
    if (size < sizeMin) return;
    const bytes = held.subarray(0, size);
    const hello = readClientHello(bytes);
    if (hello.kind === 'incomplete') {
      sizeMin = size + hello.missing;
      return;
    }
    stop();
    if (hello.kind === 'refused') {
      socket.destroy();
      return;
    }
    socket.unshift(bytes);
    done(hello.serverName);
  };
  const stop = (): void => {
    clearTimeout(timer);
    socket.off('readable', look);
    socket.off('close', stop);
    socket.off('end', gone);
  };
  const gone = (): void => void socket.destroy();
  socket.on('readable', look);
  socket.once('close', stop);
  socket.once('end', gone);
}

/** `::ffff:192.0.2.1` is 192.0.2.1, `fe80::1%eth0` is fe80::1. */
const textual = (address: string): string => address.replace(/^::ffff:(?=\d+\.)|%.*$/gi, '');
