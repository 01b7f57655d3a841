// One client's connection through the front: what its requests are told of it.

import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { ClientCertificate, ClientConnection } from '../../exchange/client-connection.ts';
import { addressBytes } from '../../policy/index.ts';
import { isStillTrusted, type TrustStore } from './trust-store.ts';

export class FrontConnection implements ClientConnection {
  readonly address: string;
  /** Four or sixteen. */
  readonly addressBytes: readonly number[];
  readonly serverName: string | null;
  readonly trustDomain: string | null;
  readonly #socket: TLSSocket;
  /** The client's certificate and those that vouch for it; empty when none was accepted. */
  readonly #chain: readonly X509Certificate[];
  readonly #validUntilMs: number;
  #certificate: ClientCertificate | null;

  /** @param chain - of an accepted certificate, which is the first */
  constructor(
    socket: TLSSocket,
    address: string,
    serverName: string | null,
    trustDomain: string | null,
    chain: readonly X509Certificate[],
    certificate: ClientCertificate | null,
  ) {
    this.address = address;
    this.addressBytes = addressBytes(address) ?? [];
    this.serverName = serverName;
    this.trustDomain = trustDomain;
    this.#socket = socket;
    this.#chain = chain;
    this.#validUntilMs = Math.min(...chain.map(({ validTo }) => Date.parse(validTo)));
    this.#certificate = certificate;
  }

  /** As long as it has not expired on the way. */
  get certificate(): ClientCertificate | null {
    if (this.#certificate !== null && Date.now() > this.#validUntilMs) this.#certificate = null;
    return this.#certificate;
  }

  /** After the truststore or its lists have changed: who would not be let in any more is not. */
  judgeAgain(store: TrustStore | null, nowMs: number): void {
    if (this.#certificate === null) return;
    if (store === null || !isStillTrusted(this.#chain, store, nowMs)) this.#certificate = null;
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
