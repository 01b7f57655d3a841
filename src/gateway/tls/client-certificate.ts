// A client's certificate as `$context.identity.clientCert` shows it. Pure.

import type { X509Certificate } from 'node:crypto';
import type { ClientCertificate } from '../../exchange/client-connection.ts';

/** @see auth reference, section 7 */
export function clientCertificate(certificate: X509Certificate): ClientCertificate {
  return Object.freeze({
    clientCertPem: certificate.toString(),
    subjectDN: distinguishedName(certificate.subject),
    issuerDN: distinguishedName(certificate.issuer),
    serialNumber: serialNumber(certificate.serialNumber),
    validity: Object.freeze({ notBefore: certificate.validFrom, notAfter: certificate.validTo }),
  });
}

/** Node gives a line for each part, with what is special in values escaped as RFC 2253 has it. */
const distinguishedName = (lines: string | undefined): string => (lines ?? '').replaceAll('\n', ',');

/** @param digits - `A1B2` */
function serialNumber(digits: string): string {
  const whole = digits.length % 2 === 0 ? digits : `0${digits}`;
  return (whole.toLowerCase().match(/../g) ?? []).join(':');
}
