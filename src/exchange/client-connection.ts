// What the TLS layer knows of the connection that a request came on, and what domain names ask of it.

/** A client's certificate, whose chain, dates and revocation were checked: `$context.identity.clientCert`. */
export interface ClientCertificate {
  /** PEM of the certificate itself, without its chain. */
  readonly clientCertPem: string;
  /** `C=US,O=Example,CN=www.example.com`, in the certificate's own order. */
  readonly subjectDN: string;
  readonly issuerDN: string;
  /** `a1:b2:...` */
  readonly serialNumber: string;
  /** `Aug  5 09:36:04 2021 GMT` */
  readonly validity: { readonly notBefore: string; readonly notAfter: string };
}

export interface ClientConnection {
  /** The server name that the client asked for (SNI), lower case; null when it named none. */
  readonly serverName: string | null;
  /** Whose truststore `certificate` was checked with: the custom domain's name. null: none was asked for. */
  readonly trustDomain: string | null;
  /** null: none was shown, or one that `trustDomain` does not trust (any more). */
  readonly certificate: ClientCertificate | null;
}

/** What a request under a custom domain name must have come with. */
export interface DomainGate {
  /** Name of the domain whose truststore must have let the client in; null: none. */
  readonly trustDomain: string | null;
  /** The server name of the handshake must be the request's host. */
  readonly isStrict: boolean;
}

/** @param host - without a port, lower case */
export function mayEnter(gate: DomainGate, connection: ClientConnection | null, host: string): boolean {
  if (connection === null) return false;
  if (gate.isStrict && connection.serverName !== host) return false;
  return (
    gate.trustDomain === null ||
    (connection.trustDomain === gate.trustDomain && connection.certificate !== null)
  );
}
