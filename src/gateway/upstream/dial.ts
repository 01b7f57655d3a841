// Opens one connection to an origin: DNS, TCP (happy eyeballs as node:net does it), TLS and its checks.

import type { OnReadOpts, Socket } from 'node:net';
import { connect as connectTcp, isIP } from 'node:net';
import type { ConnectionOptions, PeerCertificate, SecureContext, TLSSocket } from 'node:tls';
import { checkServerIdentity, connect as connectTls } from 'node:tls';
import type { UpstreamTargetOptions } from '../../exchange/upstream.ts';
import type { UpstreamLimits } from './options.ts';
import type { SecureContexts } from './secure-contexts.ts';

/** Where connections of one pool go, and what they need on the way. */
export interface Endpoint {
  /** As configured: `https://host[:port]`. */
  readonly origin: string;
  readonly secure: boolean;
  /** Without the brackets of an IPv6 address. */
  readonly hostname: string;
  readonly port: number;
  /** The value of the Host field: the port only when it is not the scheme's own. */
  readonly hostField: string;
  readonly connectTimeoutMs: number;
  readonly insecureSkipVerification: boolean;
  /** Whom to trust and what to show; undefined for http. */
  readonly secureContext: SecureContext | undefined;
  /** The TLS session of the latest verified connection, for a shorter next handshake. */
  session: Buffer | undefined;
}

/**
 * @param origin - `http://host[:port]` or `https://host[:port]`
 * @param contexts - asked only for https
 * @throws when the origin is no such thing, or the client certificate cannot be used; both are made at compile time
 */
export function endpointOf(
  origin: string,
  options: UpstreamTargetOptions,
  limits: UpstreamLimits,
  contexts: SecureContexts,
): Endpoint {
  const url = new URL(origin);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new Error(`Cannot use upstream origin "${origin}": expected http://host or https://host`);
  }
  const secure = url.protocol === 'https:';
  return {
    origin,
    secure,
    hostname: url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname,
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    hostField: url.host,
    connectTimeoutMs: limits.connectTimeoutMs,
    insecureSkipVerification: options.insecureSkipVerification,
    secureContext: secure ? contexts.of(options.clientCertificate ?? null) : undefined,
    session: undefined,
  };
}

/**
 * Starts to connect.
 *
 * @param onread - a reusable read buffer and its callback, or undefined for an ordinary stream
 * @param done - called once: with null when the connection is ready (TLS checked), else with what failed; the
 *   socket is destroyed then. Also called when someone else destroys the socket before.
 */
export function dial(
  endpoint: Endpoint,
  onread: OnReadOpts | undefined,
  done: (error: Error | null) => void,
): Socket {
  const tcp = {
    host: endpoint.hostname,
    port: endpoint.port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 60_000,
    ...(onread === undefined ? {} : { onread }),
  };
  const socket = endpoint.secure ? connectTls({ ...tcp, ...tlsOptions(endpoint) }) : connectTcp(tcp);
  let settled = false;
  const settle = (error: Error | null): void => {
    if (settled) return;
    settled = true;
    clearTimeout(timer);
    if (error !== null) socket.destroy();
    done(error);
  };
  const timer = setTimeout(() => settle(timeoutError(endpoint)), endpoint.connectTimeoutMs);
  socket.once('error', settle);
  socket.once('close', () => settle(coded('ECONNRESET', 'closed while connecting')));
  socket.once(endpoint.secure ? 'secureConnect' : 'connect', () => {
    settle(endpoint.secure ? verify(endpoint, socket as TLSSocket) : null);
  });
  return socket;
}

function tlsOptions(endpoint: Endpoint): ConnectionOptions {
  return {
    ...(isIP(endpoint.hostname) === 0 ? { servername: endpoint.hostname } : {}),
    ...(endpoint.secureContext === undefined ? {} : { secureContext: endpoint.secureContext }),
    ...(endpoint.session === undefined ? {} : { session: endpoint.session }),
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: !endpoint.insecureSkipVerification,
  };
}

function verify(endpoint: Endpoint, socket: TLSSocket): Error | null {
  if (endpoint.insecureSkipVerification) {
    const error = certificateError(endpoint.hostname, socket.getPeerCertificate(), Date.now());
    // A resumed session shows no certificate, so there would be nothing to check: no session is kept.
    return error;
  }
  // Only sessions of verified connections are kept. TLS 1.3 sends its tickets after the handshake.
  endpoint.session = socket.getSession() ?? endpoint.session;
  socket.on('session', (session) => {
    endpoint.session = session;
  });
  return null;
}

/**
 * What `insecureSkipVerification` still asks of a certificate: that it is in date and names the host.
 * @see API Gateway API Reference, TlsConfig
 */
export function certificateError(
  hostname: string,
  certificate: PeerCertificate,
  nowEpochMs: number,
): Error | null {
  if (nowEpochMs < Date.parse(certificate.valid_from)) {
    return coded('CERT_NOT_YET_VALID', `certificate is not valid before ${certificate.valid_from}`);
  }
  // Written so that a missing or unreadable date is refused too.
  if (!(nowEpochMs <= Date.parse(certificate.valid_to))) {
    return coded('CERT_HAS_EXPIRED', `certificate has expired on ${certificate.valid_to}`);
  }
  return checkServerIdentity(hostname, certificate) ?? null;
}

/** An error's own words; for the several errors of several addresses, all of them. */
export function textOf(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map((each) => textOf(each)).join(', ');
  return error.message || error.name;
}

function timeoutError(endpoint: Endpoint): Error {
  return coded(
    'ETIMEDOUT',
    `connect ETIMEDOUT ${endpoint.hostname}:${endpoint.port} after ${endpoint.connectTimeoutMs} ms`,
  );
}

function coded(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
