// Signs requests to services of AWS, as they are sent.

import type { Clock } from '../base/clock.ts';
import { utf8AsLatin1 } from '../base/header-field.ts';
import { type Credentials, SigningKeys, s3Form, sha256Hex, signRequest } from '../base/sigv4/index.ts';

/** A request with its path and query as they are sent. */
export interface UnsignedRequest {
  readonly method: string;
  readonly path: string;
  /** Without `?`. */
  readonly query: string;
  /** Flat list, lower-case names, `host` among them; values not yet encoded for the wire. */
  readonly headers: readonly string[];
  readonly body: string | Uint8Array | null;
}

export interface SignerSettings {
  /** As signatures name it. */
  readonly service: string;
  readonly region: string;
  readonly isS3: boolean;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** Fields that the signer writes; what a mapping says of them cannot hold. Lower case. */
export const signersOwn: ReadonlySet<string> = new Set([
  'x-amz-date',
  'x-amz-security-token',
  'x-amz-content-sha256',
]);

/** What a proxy on the way may change is not signed. */
const isSigned = (name: string): boolean =>
  name === 'host' || name === 'content-type' || name === 'content-md5' || name.startsWith('x-amz-');

/** Keeps the keys that it derived, which are good for a day. */
export class Signer {
  readonly #settings: SignerSettings;
  readonly #keys = new SigningKeys();

  constructor(settings: SignerSettings) {
    this.#settings = settings;
  }

  /**
   * @param signingName - in place of the settings' service; null: that
   * @returns the fields to send, signature included, as the wire wants them
   */
  sign(request: UnsignedRequest, credentials: Credentials, signingName: string | null): string[] {
    const { service, region, isS3, clock } = this.#settings;
    const body = request.body ?? '';
    const headers = [...request.headers];
    if (isS3) headers.push('x-amz-content-sha256', sha256Hex(body));
    const covered: string[] = [];
    for (let i = 0; i < headers.length; i += 2)
      if (isSigned(headers[i]!)) covered.push(headers[i]!, headers[i + 1]!);
    const context = { region, service: signingName ?? service, nowMs: clock.nowMs(), keys: this.#keys };
    headers.push(
      ...signRequest(
        { ...request, headers: covered },
        body,
        credentials,
        isS3 ? { ...context, form: s3Form } : context,
      ),
    );
    for (let i = 1; i < headers.length; i += 2) headers[i] = utf8AsLatin1(headers[i]!);
    return headers;
  }
}
