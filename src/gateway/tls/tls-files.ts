// Looks into the key and certificate files before uWS does: it says no more than "App construction failed".

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

export interface TlsFiles {
  /** PEM, the server's certificate first, then its chain. */
  readonly certFile: string;
  /** PEM. */
  readonly keyFile: string;
  readonly passphrase?: string | undefined;
}

/** @throws Error with one line that names the file and what is wrong with it */
export function checkTlsFiles(files: TlsFiles): void {
  const certificate = readCertificate(files.certFile);
  const key = readKey(files.keyFile, files.passphrase);
  if (certificate.checkPrivateKey(key)) return;
  throw new Error(`TLS key "${files.keyFile}" does not belong to the certificate in "${files.certFile}"`);
}

function readCertificate(file: string): X509Certificate {
  const text = readText('certificate', file);
  try {
    return new X509Certificate(text);
  } catch (cause) {
    throw new Error(`TLS certificate "${file}" is not a PEM certificate`, { cause });
  }
}

function readKey(file: string, passphrase: string | undefined): KeyObject {
  const text = readText('key', file);
  try {
    return createPrivateKey(passphrase === undefined ? text : { key: text, passphrase });
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const isEncrypted = code === 'ERR_MISSING_PASSPHRASE' || text.includes('ENCRYPTED');
    const problem = isEncrypted
      ? `is encrypted and ${passphrase === undefined ? 'no passphrase is given' : 'the passphrase does not open it'}`
      : 'is not a PEM private key';
    throw new Error(`TLS key "${file}" ${problem}`, { cause });
  }
}

function readText(what: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Error(`Cannot read TLS ${what} "${file}": ${(cause as NodeJS.ErrnoException).code}`, { cause });
  }
}
