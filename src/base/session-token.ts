// Temporary credentials that prove themselves: the session token holds, sealed, all that is to be known of the session,
// and the secret access key follows from the key that sealed it. Nobody keeps a list of them.
// See docs/decisions/temporary-credentials.md.

import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';

/** What sessions are sealed with: 32 bytes, base64. */
export interface SealingKey {
  /** Eight letters or digits: tokens name it. */
  readonly id: string;
  readonly key: string;
}

/** What a session is. Whose it is says `roleId`, or `userId` with `parentKeyId`. */
export interface Session {
  /** Of the role that was assumed. */
  readonly roleId?: string;
  readonly sessionName?: string;
  /** Of the user who asked for a session of their own, and the access key that they asked with. */
  readonly userId?: string;
  readonly parentKeyId?: string;
  /** Seconds since 1970. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** Session policies, JSON texts: what the session may do at most. */
  readonly policies?: readonly string[];
  /** ARNs of managed policies, likewise. */
  readonly policyArns?: readonly string[];
  readonly tags?: Readonly<Record<string, string>>;
  /** Those of the tags that sessions which this one asks for have too. */
  readonly transitiveTagKeys?: readonly string[];
  readonly sourceIdentity?: string;
}

export interface TemporaryCredentials {
  /** `ASIA` and 16 capitals or digits. */
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

export interface OpenedSession {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly session: Session;
}

const formatVersion = 1;
const idBytes = 8;
const nonceBytes = 12;
const tagBytes = 16;
const headBytes = 1 + idBytes;
/** A longer one would leave a signed request no room for its other headers: 10,240 bytes are all that they may have. */
export const tokenCharactersMax = 8_192;

interface Derived {
  readonly id: string;
  readonly seal: Buffer;
  readonly secret: Buffer;
}

/** The keys that are known. The last seals; all of them open. */
export class SessionKeys {
  readonly #keys: ReadonlyMap<string, Derived>;
  readonly #newest: Derived | null;

  constructor(keys: readonly SealingKey[]) {
    const derived = keys.map(({ id, key }) => {
      const bytes = Buffer.from(key, 'base64');
      return { id, seal: hmac(bytes, 'session token'), secret: hmac(bytes, 'secret access key') };
    });
    this.#keys = new Map(derived.map((one) => [one.id, one]));
    this.#newest = derived.at(-1) ?? null;
  }

  /** @returns null when there is no key */
  issue(session: Session): TemporaryCredentials | null {
    const key = this.#newest;
    if (key === null) return null;
    const accessKeyId = newTemporaryKeyId();
    const head = Buffer.concat([Buffer.from([formatVersion]), Buffer.from(key.id, 'latin1')]);
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv('aes-256-gcm', key.seal, nonce).setAAD(head);
    const text = cipher.update(JSON.stringify({ accessKeyId, session }), 'utf8');
    const sealed = Buffer.concat([head, nonce, text, cipher.final(), cipher.getAuthTag()]);
    return {
      accessKeyId,
      secretAccessKey: secretOf(key, accessKeyId),
      sessionToken: sealed.toString('base64'),
    };
  }

  /** @returns null for what none of the keys has sealed. Whether its time is over is not looked at */
  open(token: string): OpenedSession | null {
    if (token.length > tokenCharactersMax) return null;
    const bytes = Buffer.from(token, 'base64');
    // Another spelling of the same bytes is another token.
    if (bytes.length < headBytes + nonceBytes + tagBytes || bytes.toString('base64') !== token) return null;
    const key = this.#keys.get(bytes.toString('latin1', 1, headBytes));
    if (key === undefined || bytes[0] !== formatVersion) return null;
    const nonce = bytes.subarray(headBytes, headBytes + nonceBytes);
    const decipher = createDecipheriv('aes-256-gcm', key.seal, nonce, { authTagLength: tagBytes })
      .setAAD(bytes.subarray(0, headBytes))
      .setAuthTag(bytes.subarray(-tagBytes));
    try {
      const text = decipher.update(bytes.subarray(headBytes + nonceBytes, -tagBytes));
      const { accessKeyId, session } = JSON.parse(Buffer.concat([text, decipher.final()]).toString('utf8'));
      return { accessKeyId, secretAccessKey: secretOf(key, accessKeyId), session };
    } catch {
      return null;
    }
  }
}

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** 40 characters of base64. */
const secretOf = ({ secret }: Derived, accessKeyId: string): string =>
  hmac(secret, accessKeyId).toString('base64').slice(0, 40);

export const isTemporaryKeyId = (accessKeyId: string): boolean => accessKeyId.startsWith('ASIA');

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function newTemporaryKeyId(): string {
  let id = 'ASIA';
  // 256 is a multiple of 32: each letter is as likely as the others.
  for (const byte of randomBytes(16)) id += alphabet.charAt(byte & 31);
  return id;
}

/** @returns a key to be kept secret */
export const newSealingKey = (): SealingKey => ({
  id: randomBytes(4).toString('hex'),
  key: randomBytes(32).toString('base64'),
});
