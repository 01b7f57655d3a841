// One client's connection through the front: what its requests are told of it.

import type { X509Certificate } from 'node:crypto';
import type { ClientCertificate, ClientConnection } from '../../exchange/client-connection.ts';
import { addressBytes } from '../../policy/index.ts';
import { clientCertificate } from './client-certificate.ts';
import { isStillTrusted, type TrustStore } from './trust-store.ts';

/** What a client was let in with. */
export interface Acceptance {
  readonly own: X509Certificate;
  readonly store: TrustStore;
}

export interface Handshake {
  /** Textual IP of the peer. */
  readonly address: string;
  readonly serverName: string | null;
  readonly trustDomain: string | null;
  /** null: no certificate was asked for, shown or trusted. */
  readonly acceptance: Acceptance | null;
}

export class FrontConnection implements ClientConnection {
  readonly address: string;
  /** Four or sixteen. */
  readonly addressBytes: readonly number[];
  readonly serverName: string | null;
  readonly trustDomain: string | null;
  #acceptance: Acceptance | null;
  #certificate: ClientCertificate | null;
  readonly #validUntilMs: number;

  constructor({ address, serverName, trustDomain, acceptance }: Handshake) {
    this.address = address;
    this.addressBytes = addressBytes(address) ?? [];
    this.serverName = serverName;
    this.trustDomain = trustDomain;
    this.#acceptance = acceptance;
    this.#certificate = acceptance === null ? null : clientCertificate(acceptance.own);
    this.#validUntilMs = acceptance === null ? 0 : Date.parse(acceptance.own.validTo);
  }

  /** As long as it has not expired on the way. */
  get certificate(): ClientCertificate | null {
    if (this.#certificate !== null && Date.now() > this.#validUntilMs) this.#forget();
    return this.#certificate;
  }

  /** After the truststore or its lists have changed: who would not be let in any more is not. */
  judgeAgain(store: TrustStore | null, nowMs: number): void {
    const accepted = this.#acceptance;
    if (accepted === null || accepted.store === store) return;
    const isTrusted = store !== null && isStillTrusted(accepted.own, accepted.store, store, nowMs);
    if (isTrusted) this.#acceptance = { own: accepted.own, store };
    else this.#forget();
  }

  #forget(): void {
    this.#acceptance = null;
    this.#certificate = null;
  }
}
