// The TLS servers of a front: one for each domain name that is spoken to in a way of its own, and one for all others. They
// listen on nothing; connections are handed to them. What they are made of is read again when its files change; connections that
// are open stay, but those whose certificate would not be let in any more lose its word.

import { constants } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';
import type { TlsSettings } from '../../config/index.ts';
import type { PublishedDomainName } from '../../resources/index.ts';
import { type DomainTls, domainsTls, needsFront } from './domain-tls.ts';
import { fileMark } from './file-marks.ts';
import { tlsRules, usualPolicy } from './security-policy.ts';
import { checkTlsFiles } from './tls-files.ts';
import { readTrustStore, type TrustStore } from './trust-store.ts';

export interface SecureServer {
  /** null: of all names that have none of their own. */
  readonly domain: DomainTls | null;
  readonly server: Server;
  /** null: clients are not asked for certificates. Without authorities nobody is let in. */
  readonly store: TrustStore | null;
}

export interface SecureDomainsOptions {
  readonly settings: TlsSettings;
  /** Told in a line what cannot be used, and what is used in its place. */
  readonly onProblem: (line: string) => void;
}

const handshakeMs = 10_000;
const nobody: TrustStore = Object.freeze({ authorities: [], lists: [], warnings: [] });

interface Entry extends SecureServer {
  readonly mark: string;
  /** Of what it was made: other words mean another server. */
  readonly words: string;
}

export class SecureDomains {
  /** Set by the front that connections come through. */
  onSecure: (socket: TLSSocket, server: SecureServer) => void = (socket) => void socket.destroy();
  onHandshakeFailed: (socket: TLSSocket) => void = () => {};
  /** Told when something was made anew: fronts, also those that let nobody in any more. */
  readonly changed = new Set<() => void>();
  loadCount = 0;
  failureCount = 0;
  readonly #settings: TlsSettings;
  readonly #onProblem: (line: string) => void;
  #wanted: ReadonlyMap<string, DomainTls>;
  #needsFront: boolean;
  #usual: Entry | null = null;
  #entries = new Map<string, Entry>();

  constructor({ settings, onProblem }: SecureDomainsOptions) {
    this.#settings = settings;
    this.#onProblem = onProblem;
    this.#wanted = domainsTls(settings, []);
    this.#needsFront = needsFront(settings, this.#wanted.values(), []);
  }

  get needsFront(): boolean {
    return this.#needsFront;
  }

  /** Takes over what is published. The servers follow with `refresh`. */
  follow(published: readonly PublishedDomainName[]): void {
    this.#wanted = domainsTls(this.#settings, published);
    this.#needsFront = needsFront(this.#settings, this.#wanted.values(), published);
  }

  /**
   * Makes servers anew of what has changed, files or words.
   * @throws Error with one line when there is no usual server yet and its files cannot be used
   */
  refresh(): void {
    this.#refreshUsual();
    const entries = new Map<string, Entry>();
    let isChanged = false;
    for (const [name, domain] of this.#wanted) {
      const before = this.#entries.get(name);
      const entry = this.#entryOf(domain, before);
      entries.set(name, entry);
      isChanged ||= entry !== before;
    }
    isChanged ||= entries.size !== this.#entries.size;
    this.#entries = entries;
    if (isChanged) for (const tell of this.changed) tell();
  }

  /** @param serverName - lower case */
  serverOf(serverName: string | null): SecureServer {
    if (serverName !== null && this.#entries.size > 0) {
      const exact = this.#entries.get(serverName);
      if (exact !== undefined) return exact;
      const dot = serverName.indexOf('.');
      const wild = dot < 0 ? undefined : this.#entries.get(`*${serverName.slice(dot)}`);
      if (wild !== undefined) return wild;
    }
    return this.#usual!;
  }

  /** The truststore of a domain name as it is now; null when it has none. */
  storeOf(domainName: string): TrustStore | null {
    return this.#entries.get(domainName)?.store ?? null;
  }

  #refreshUsual(): void {
    const { keyFile, certFile } = this.#settings;
    const mark = fileMark([keyFile, certFile]);
    if (this.#usual?.mark === mark) return;
    try {
      const options = this.#options(null, usualPolicy);
      this.#usual = {
        domain: null,
        server: this.#serverOf(null, null, options),
        store: null,
        mark,
        words: '',
      };
      this.loadCount++;
    } catch (error) {
      if (this.#usual === null) throw error;
      this.#usual = { ...this.#usual, mark };
      this.#failed(`TLS certificate not reloaded, the one before stays in use: ${(error as Error).message}`);
    }
  }

  #entryOf(domain: DomainTls, before: Entry | undefined): Entry {
    const words = JSON.stringify(domain);
    const { certificate, trust } = domain;
    const own = certificate ?? this.#settings;
    const mark = fileMark([own.keyFile, own.certFile, trust?.truststore ?? null, trust?.revocations ?? null]);
    if (before?.mark === mark && before.words === words) return before;
    // What was good with other words is no last good of these.
    const last = before?.words === words ? before : undefined;
    try {
      const store = trust === null ? null : readTrustStore(trust);
      for (const warning of store?.warnings ?? []) this.#onProblem(`${domain.name}: ${warning}`);
      const made = this.#made(domain, store, mark, words);
      this.loadCount++;
      return made;
    } catch (error) {
      const what = (error as Error).message;
      if (last !== undefined && last.store !== nobody) {
        this.#failed(`${domain.name}: TLS not reloaded, what was read before stays in use: ${what}`);
        return { ...last, mark };
      }
      this.#failed(`${domain.name}: nobody is let in until this is mended: ${what}`);
      return this.#shut(domain, mark, words);
    }
  }

  /** A domain name whose files cannot be used: with the usual certificate if need be, and trusting nobody. */
  #shut(domain: DomainTls, mark: string, words: string): Entry {
    const store = domain.trust === null ? null : nobody;
    try {
      return this.#made(domain, store, mark, words);
    } catch {
      return this.#made({ ...domain, certificate: null }, store, mark, words);
    }
  }

  #made(domain: DomainTls, store: TrustStore | null, mark: string, words: string): Entry {
    const options = this.#options(domain.certificate, domain.securityPolicy);
    return { domain, server: this.#serverOf(domain, store, options), store, mark, words };
  }

  #options(certificate: DomainTls['certificate'], policy: string): TlsOptions {
    const { keyFile, certFile } = certificate ?? this.#settings;
    checkTlsFiles({ keyFile, certFile });
    const rules = tlsRules(policy)!;
    return {
      key: readFileSync(keyFile),
      cert: readFileSync(certFile),
      minVersion: rules.minVersion,
      maxVersion: rules.maxVersion,
      ciphers: rules.ciphers,
      ecdhCurve: rules.groups,
      honorCipherOrder: true,
      ALPNProtocols: ['http/1.1'],
      handshakeTimeout: handshakeMs,
    };
  }

  #serverOf(domain: DomainTls | null, store: TrustStore | null, options: TlsOptions): Server {
    const server = createServer(store === null ? options : { ...options, ...asking(store, options.ciphers) });
    const secure: SecureServer = { domain, server, store };
    server.on('secureConnection', (socket) => this.onSecure(socket, secure));
    server.on('tlsClientError', (_, socket) => this.onHandshakeFailed(socket));
    return server;
  }

  #failed(line: string): void {
    this.failureCount++;
    this.#onProblem(line);
  }
}

/**
 * Who shows no certificate, or one that is not trusted, gets through the handshake and is told 403 Forbidden. Sessions are
 * not resumed: a ticket would carry yesterday's trust past an expiry or a revocation. OpenSSL's security level 2 keeps out keys
 * and hashes that are too weak, of certificates between the client's and the authority too.
 */
function asking({ authorities, lists }: TrustStore, ciphers = ''): TlsOptions {
  return {
    requestCert: true,
    rejectUnauthorized: false,
    // None at all would mean the system's own.
    ca: authorities.map(String),
    ...(lists.length === 0 ? {} : { crl: lists.map(({ pem }) => pem) }),
    secureOptions: constants.SSL_OP_NO_TICKET,
    ciphers: `${ciphers}:@SECLEVEL=2`,
  };
}
