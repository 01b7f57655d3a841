// The authorities whose clients a domain name lets in, and the lists of certificates that were withdrawn: read from files.

import { X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { type RevocationList, readRevocationLists, revocationName } from './revocation-list.ts';
import { isSignedStrongly } from './signature-strength.ts';

export interface TrustStoreFiles {
  /** A PEM bundle, or a folder of them. */
  readonly truststore: string;
  /** A revocation list, PEM or DER, or a folder of them; null: none is looked at. */
  readonly revocations: string | null;
}

export interface TrustStore {
  readonly authorities: readonly X509Certificate[];
  readonly lists: readonly RevocationList[];
  /** One sentence for each certificate that was left out. */
  readonly warnings: readonly string[];
}

/** @see data-plane reference, section 27 */
const authoritiesMax = 1_000;
const bundleBytesMax = 1_048_576;
export const chainLengthMax = 4;
const rsaBitsMin = 2_048;
const curves: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);
/** Lists of large authorities have some hundred thousand entries of 40 bytes. */
const listBytesMax = 64 * 1_048_576;

const certificateBlock =
  /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]+-----END (?:TRUSTED )?CERTIFICATE-----/g;

/** @throws Error with one line that names the file and what is wrong with it */
export function readTrustStore({ truststore, revocations }: TrustStoreFiles): TrustStore {
  const bundles = filesOf('truststore', truststore, bundleBytesMax);
  const blocks = bundles.flatMap((file) => file.bytes.toString('latin1').match(certificateBlock) ?? []);
  if (blocks.length > authoritiesMax)
    throw new Error(
      `Truststore "${truststore}" holds ${blocks.length} certificates; ${authoritiesMax} are allowed`,
    );
  const warnings: string[] = [];
  const authorities = blocks.flatMap((block, i) => {
    const certificate = parsed(block);
    const weakness = certificate === null ? 'cannot be read' : weaknessOf(certificate);
    if (weakness === null) return [certificate!];
    const name = certificate === null ? '' : ` (${certificate.subject.replaceAll('\n', ', ')})`;
    warnings.push(`Certificate ${i + 1}${name} of truststore "${truststore}" ${weakness}; it is left out`);
    return [];
  });
  if (authorities.length === 0)
    throw new Error(`Truststore "${truststore}" has no certificate that can be used`);
  const lists =
    revocations === null ? [] : filesOf('revocation list', revocations, listBytesMax).flatMap(listsOf);
  if (revocations !== null && lists.length === 0)
    throw new Error(`Revocation lists "${revocations}": there is none`);
  return { authorities, lists, warnings };
}

/**
 * Why a certificate is not strong enough to be trusted, or null: a signature with SHA-256 at least, RSA keys of 2048 bits,
 * ECDSA keys of 256.
 */
export function weaknessOf(certificate: X509Certificate): string | null {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = certificate.publicKey;
  if (type === 'rsa' || type === 'rsa-pss') {
    const bits = details?.modulusLength ?? 0;
    if (bits < rsaBitsMin) return `has an RSA key of ${bits} bits`;
  } else if (type === 'ec') {
    if (!curves.has(details?.namedCurve ?? '')) return `has a key of the curve ${details?.namedCurve}`;
  } else if (type !== 'ed25519' && type !== 'ed448') return `has a key of the kind ${type}`;
  return isSignedStrongly(certificate.raw) ? null : 'is signed with a weaker hash than SHA-256';
}

/**
 * From a client's certificate to the authority that vouches for itself, as far as the truststore has them. What stands between
 * may be the client's to send: OpenSSL looks at that, and Node does not tell what it was.
 *
 * @returns the client's own first; at most one more than may be
 */
export function certificateChain(
  own: X509Certificate,
  authorities: readonly X509Certificate[],
): X509Certificate[] {
  const chain = [own];
  for (let last = own; chain.length <= chainLengthMax && !isIssuer(last, last); ) {
    const issuer = authorities.find((one) => isIssuer(one, last));
    if (issuer === undefined) break;
    chain.push(issuer);
    last = issuer;
  }
  return chain;
}

/**
 * Whether a client that was let in would still be. Where it cannot be known, it would not.
 * @param before - what it was let in by
 * @param nowMs - wall time
 */
export function isStillTrusted(
  own: X509Certificate,
  before: TrustStore,
  now: TrustStore,
  nowMs: number,
): boolean {
  const chain = certificateChain(own, now.authorities);
  if (chain.some((one) => isOutOfDate(one, nowMs))) return false;
  if (now.lists.length > 0 && !chain.every((one) => isOnNoList(one, now.lists, nowMs))) return false;
  const last = chain.at(-1)!;
  if (isIssuer(last, last)) return now.authorities.some(({ raw }) => raw.equals(last.raw));
  // Somebody whom the client sent vouches for it: as long as nobody has left the truststore, and no more were revoked.
  const hasAll = before.authorities.every((one) => now.authorities.some(({ raw }) => raw.equals(one.raw)));
  return hasAll && !revokesMore(before, now, revocationName(own.raw).issuer);
}

/** A list of its issuer is there, holds, and has it not. */
function isOnNoList(one: X509Certificate, lists: readonly RevocationList[], nowMs: number): boolean {
  const { issuer, serial } = revocationName(one.raw);
  const own = lists.filter((list) => list.issuer === issuer);
  const holds = own.some(({ nextUpdateMs }) => nextUpdateMs === null || nextUpdateMs >= nowMs);
  return holds && !own.some(({ serials }) => serials.has(serial));
}

/** @param except - an issuer whose certificates are looked at by themselves */
function revokesMore(before: TrustStore, now: TrustStore, except: string): boolean {
  return now.lists.some(
    ({ issuer, serials }) =>
      issuer !== except &&
      [...serials].some(
        (serial) => !before.lists.some((list) => list.issuer === issuer && list.serials.has(serial)),
      ),
  );
}

const isIssuer = (authority: X509Certificate, certificate: X509Certificate): boolean =>
  certificate.checkIssued(authority) && certificate.verify(authority.publicKey);

const isOutOfDate = (certificate: X509Certificate, nowMs: number): boolean =>
  Date.parse(certificate.validFrom) > nowMs || Date.parse(certificate.validTo) < nowMs;

function parsed(block: string): X509Certificate | null {
  try {
    return new X509Certificate(block);
  } catch {
    return null;
  }
}

interface ReadFile {
  readonly name: string;
  readonly bytes: Buffer;
}

function listsOf({ name, bytes }: ReadFile): RevocationList[] {
  try {
    return readRevocationLists(bytes);
  } catch (cause) {
    throw new Error(`"${name}" is no revocation list, neither PEM nor DER`, { cause });
  }
}

/** The file, or those of the folder (not of folders inside it), in order. */
function filesOf(what: string, place: string, bytesMax: number): ReadFile[] {
  try {
    const names = statSync(place).isDirectory()
      ? readdirSync(place)
          .filter((name) => !name.startsWith('.'))
          .sort()
          .map((name) => path.join(place, name))
          .filter((name) => statSync(name).isFile())
      : [place];
    const files = names.map((name) => ({ name, bytes: readFileSync(name) }));
    const size = files.reduce((sum, { bytes }) => sum + bytes.length, 0);
    if (size > bytesMax) throw new Error(`it has ${size} bytes, of which ${bytesMax} are allowed`);
    return files;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new Error(`Cannot read ${what} "${place}": ${code ?? message}`, { cause });
  }
}
