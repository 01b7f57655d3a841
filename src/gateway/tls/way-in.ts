// Which way clients come in: straight to uWebSockets.js, or through a front. Follows what is published and what certificate files
// hold, while connections stay open.

import type { TlsSettings } from '../../config/index.ts';
import type { PublishedDomainName } from '../../resources/index.ts';
import { fileMark } from './file-marks.ts';
import { SecureDomains } from './secure-domains.ts';
import { checkTlsFiles, type TlsFiles } from './tls-files.ts';

/** What the listener is told. */
export interface Way {
  /** null: plain HTTP. */
  readonly tls: TlsFiles | null;
  readonly front: { readonly domains: SecureDomains; readonly socketPath: string } | null;
}

export interface TlsFigures {
  /** Times that certificates, truststores and lists were read. */
  readonly loads: number;
  /** Times that they could not be used, so that what was there before stayed. */
  readonly loadFailures: number;
}

export class WayIn {
  readonly #settings: TlsSettings | null;
  readonly #socketPath: string;
  readonly #onProblem: (line: string) => void;
  readonly #domains: SecureDomains | null;
  #current: Way = { tls: null, front: null };
  /** Of the listener's own certificate, as uWebSockets.js has it. */
  #mark = '';
  #isRenewed = false;
  #loads = 0;
  #failures = 0;

  /** @param socketPath - of the Unix socket between the front and uWebSockets.js */
  constructor(settings: TlsSettings | null, socketPath: string, onProblem: (line: string) => void) {
    this.#settings = settings;
    this.#socketPath = socketPath;
    this.#onProblem = onProblem;
    this.#domains = settings === null ? null : new SecureDomains({ settings, onProblem });
  }

  get figures(): TlsFigures {
    return {
      loads: this.#loads + (this.#domains?.loadCount ?? 0),
      loadFailures: this.#failures + (this.#domains?.failureCount ?? 0),
    };
  }

  /** @throws Error with one line when the certificate cannot be used */
  first(published: readonly PublishedDomainName[]): Way {
    const [settings, domains] = [this.#settings, this.#domains];
    if (settings === null || domains === null) return this.#current;
    domains.follow(published);
    this.#mark = fileMark([settings.keyFile, settings.certFile]);
    checkTlsFiles(settings);
    this.#loads++;
    if (domains.needsFront) domains.refresh();
    this.#current = this.#wayOf(settings, domains);
    return this.#current;
  }

  /**
   * Looks at files again.
   * @returns the other way in which new connections must come from now on, to be called `taken` when they do; or null
   */
  next(published: readonly PublishedDomainName[]): Way | null {
    const [settings, domains] = [this.#settings, this.#domains];
    if (settings === null || domains === null) return null;
    domains.follow(published);
    const hasFront = this.#current.front !== null;
    if (!hasFront && this.#looksRenewed(settings)) this.#isRenewed = true;
    // A front follows its files by itself, and those who came through one are judged by it.
    if (domains.needsFront || hasFront) domains.refresh();
    const isSame = domains.needsFront === hasFront && (hasFront || !this.#isRenewed);
    return isSame ? null : this.#wayOf(settings, domains);
  }

  taken(way: Way): void {
    this.#current = way;
    this.#isRenewed = false;
  }

  #wayOf(settings: TlsSettings, domains: SecureDomains): Way {
    const tls = { keyFile: settings.keyFile, certFile: settings.certFile };
    return { tls, front: domains.needsFront ? { domains, socketPath: this.#socketPath } : null };
  }

  #looksRenewed(settings: TlsSettings): boolean {
    const mark = fileMark([settings.keyFile, settings.certFile]);
    if (mark === this.#mark) return false;
    this.#mark = mark;
    try {
      checkTlsFiles(settings);
      this.#loads++;
      return true;
    } catch (error) {
      this.#failures++;
      this.#onProblem(
        `TLS certificate not reloaded, the one before stays in use: ${(error as Error).message}`,
      );
      return false;
    }
  }
}
