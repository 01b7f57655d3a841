// Whom we trust and what we show on TLS connections: one context for each client certificate and pool's own authority,
// and one without any.

import { createHash } from 'node:crypto';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import type { ClientIdentity } from '../../exchange/upstream.ts';
import type { UpstreamLimits } from './options.ts';

/** Certificates whose context is remembered; the pools that use an older one keep it. */
const contextsMax = 1024;

/** Contexts are made once each, because reading the system's authorities takes milliseconds. */
export class SecureContexts {
  readonly #limits: UpstreamLimits;
  readonly #byKey = new Map<string, SecureContext>();

  constructor(limits: UpstreamLimits) {
    this.#limits = limits;
  }

  /**
   * @param authority - PEM, trusted beside the system's and those of the configuration; null for none
   * @throws Error of the TLS library when the certificate or its key cannot be read or are not a pair
   */
  of(shown: ClientIdentity | null, authority: string | null = null): SecureContext {
    const key = `${shown === null ? '' : digestOf(shown)} ${authority ?? ''}`;
    let context = this.#byKey.get(key);
    if (context === undefined) {
      const ca = authority === null ? this.#limits.ca : [...this.#limits.ca, authority];
      context = createSecureContext({
        // The system's authorities and those of the configuration.
        ...(ca.length === 0 ? {} : { ca: [...getCACertificates('default'), ...ca] }),
        ...(shown === null ? {} : { cert: shown.certificate, key: shown.privateKey }),
      });
      const oldest = this.#byKey.keys().next();
      if (this.#byKey.size >= contextsMax && !oldest.done) this.#byKey.delete(oldest.value);
      this.#byKey.set(key, context);
    }
    return context;
  }
}

const digests = new WeakMap<ClientIdentity, string>();

/** What tells one certificate with its key from another. Hashed once for each object: a target may be asked per request. */
export function digestOf(identity: ClientIdentity): string {
  let digest = digests.get(identity);
  if (digest === undefined) {
    digest = createHash('sha256').update(`${identity.certificate}\0${identity.privateKey}`).digest('hex');
    digests.set(identity, digest);
  }
  return digest;
}
