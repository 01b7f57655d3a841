// Opens one connection: DNS, TCP (happy eyeballs as node:net does it) or a Unix socket, a proxy's tunnel, TLS and its
// checks.

import type { NetConnectOpts, OnReadOpts, Socket } from 'node:net';
import { connect as connectTcp, isIP } from 'node:net';
import type { ConnectionOptions, PeerCertificate, SecureContext, TLSSocket } from 'node:tls';
import { checkServerIdentity, connect as connectTls } from 'node:tls';
import type { UpstreamTargetOptions } from '../../exchange/upstream.ts';
import type { UpstreamLimits } from './options.ts';
import type { SecureContexts } from './secure-contexts.ts';
import { openTunnel } from './tunnel.ts';

/** Where a connection really leads: an address, or the path of a Unix socket. */
export type Place = { readonly host: string; readonly port: number } | { readonly path: string };

/**
 * What is asked of a TLS server's certificate: all; all but that we trust its authority (AWS
 * `insecureSkipVerification`); nothing (health checks).
 */
export type Verification = 'full' | 'untrusted' | 'none';

/** Where connections of one pool go, and what they need on the way. */
export interface Endpoint {
  /** As configured: `https://host[:port]`. */
  readonly origin: string;
  /** For logs: the origin, and the target behind it where that is another. */
  readonly label: string;
  readonly secure: boolean;
  /** The TLS server name, and what its certificate must name. Without the brackets of an IPv6 address. */
  readonly hostname: string;
  readonly place: Place;
  /** The value of the Host field: the port only when it is not the scheme's own. */
  readonly hostField: string;
  /** `host:port` that a forward proxy is asked for by CONNECT; null without one. */
  readonly tunnelTo: string | null;
  /** Put before each path: `http://host:port` where a forward proxy wants the absolute form, else empty. */
  readonly pathPrefix: string;
  readonly connectTimeoutMs: number;
  readonly verification: Verification;
  /** Whom to trust and what to show; undefined for http. */
  readonly secureContext: SecureContext | undefined;
  /** The TLS session of the latest verified connection, for a shorter next handshake. */
  session: Buffer | undefined;
}

/** One target of a pool, as its connections are made. */
export interface TargetAddress {
  /** Of the integration's URI. */
  readonly origin: string;
  readonly place: Place;
  /** `http://host:port` of a forward proxy; null = direct. Never with a Unix socket. */
  readonly proxy: string | null;
  /** PEM; trusted beside the system's. */
  readonly ca: string | null;
  readonly verification: Verification;
  readonly clientCertificate: UpstreamTargetOptions['clientCertificate'];
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
  const hostname = unbracketed(url.hostname);
  return {
    origin,
    label: origin,
    secure,
    hostname,
    place: { host: hostname, port: url.port === '' ? (secure ? 443 : 80) : Number(url.port) },
    hostField: url.host,
    tunnelTo: null,
    pathPrefix: '',
    connectTimeoutMs: limits.connectTimeoutMs,
    verification: options.insecureSkipVerification ? 'untrusted' : 'full',
    secureContext: secure ? contexts.of(options.clientCertificate ?? null) : undefined,
    session: undefined,
  };
}

/** @throws as {@link endpointOf}; also for a proxy that is no http URL */
export function endpointOfTarget(
  target: TargetAddress,
  limits: UpstreamLimits,
  contexts: SecureContexts,
): Endpoint {
  const { origin, place, proxy, ca, verification, clientCertificate = null } = target;
  const insecureSkipVerification = verification !== 'full';
  const plain = endpointOf(origin, { insecureSkipVerification }, limits, contexts);
  const secureContext = plain.secure ? contexts.of(clientCertificate, ca) : undefined;
  const label = `${textOfPlace(place)} for ${origin}`;
  const direct = { ...plain, label, place, verification, secureContext };
  if (proxy === null || 'path' in place) return direct;
  const authority = textOfPlace(place);
  const url = new URL(proxy);
  if (url.protocol !== 'http:') throw new Error(`Cannot use proxy "${proxy}": expected http://host:port`);
  return {
    ...direct,
    label: `${label} through ${url.origin}`,
    place: { host: unbracketed(url.hostname), port: url.port === '' ? 80 : Number(url.port) },
    ...(plain.secure
      ? { tunnelTo: authority }
      : // The Host field must be the authority of the absolute form (RFC 9112 section 3.2); strict proxies look.
        { pathPrefix: `http://${authority}`, hostField: authority }),
  };
}

/** `10.0.0.1:80`, `[::1]:80` or `unix:/run/app.sock`. */
export function textOfPlace(place: Place): string {
  if ('path' in place) return `unix:${place.path}`;
  return `${place.host.includes(':') ? `[${place.host}]` : place.host}:${place.port}`;
}

const unbracketed = (host: string): string => (host.startsWith('[') ? host.slice(1, -1) : host);

/** A connection on its way. */
export interface Dialling {
  /** Gives up: `done` is called with an error, soon, unless it was called already. */
  cancel(): void;
}

/**
 * Starts to connect.
 *
 * @param onread - a reusable read buffer and its callback, or undefined for an ordinary stream. Through a tunnel the
 *   socket is an ordinary stream whatever is asked here.
 * @param done - called once: with a connected socket (TLS checked) that nobody listens to, else with what failed
 */
export function dial(
  endpoint: Endpoint,
  onread: OnReadOpts | undefined,
  done: (error: Error | null, socket: Socket | null) => void,
): Dialling {
  return new Dial(endpoint, onread, done);
}

class Dial implements Dialling {
  readonly #endpoint: Endpoint;
  readonly #done: (error: Error | null, socket: Socket | null) => void;
  readonly #timer: NodeJS.Timeout;
  #socket: Socket;
  #isSettled = false;

  constructor(
    endpoint: Endpoint,
    onread: OnReadOpts | undefined,
    done: (error: Error | null, socket: Socket | null) => void,
  ) {
    this.#endpoint = endpoint;
    this.#done = done;
    const isTunnel = endpoint.tunnelTo !== null;
    const to = {
      ...endpoint.place,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 60_000,
      ...(onread === undefined || isTunnel ? {} : { onread }),
    };
    const isTls = endpoint.secure && !isTunnel;
    this.#socket = isTls
      ? connectTls({ ...to, ...tlsOptions(endpoint) })
      : connectTcp(to as unknown as NetConnectOpts);
    this.#timer = setTimeout(() => this.#settle(timeoutError(endpoint)), endpoint.connectTimeoutMs);
    this.#watch();
    if (isTunnel) this.#socket.once('connect', this.#onProxy);
    else this.#socket.once(isTls ? 'secureConnect' : 'connect', this.#onConnected);
  }

  cancel(): void {
    this.#socket.destroy();
  }

  readonly #onProxy = (): void => {
    const socket = this.#socket;
    openTunnel(socket, this.#endpoint.tunnelTo!, (error) => {
      if (this.#isSettled) return;
      if (error !== null || !this.#endpoint.secure) {
        this.#settle(error);
        return;
      }
      this.#unwatch();
      socket.on('error', () => {}); // the TLS socket on top of it tells
      this.#socket = connectTls({ ...tlsOptions(this.#endpoint), socket });
      this.#watch();
      this.#socket.once('secureConnect', this.#onConnected);
    });
  };

  readonly #onConnected = (): void => {
    this.#settle(this.#endpoint.secure ? verify(this.#endpoint, this.#socket as TLSSocket) : null);
  };

  readonly #onError = (error: Error): void => this.#settle(error);
  readonly #onClose = (): void => this.#settle(coded('ECONNRESET', 'closed while connecting'));

  #watch(): void {
    this.#socket.on('error', this.#onError);
    this.#socket.on('close', this.#onClose);
  }

  #unwatch(): void {
    this.#socket.off('error', this.#onError);
    this.#socket.off('close', this.#onClose);
  }

  #settle(error: Error | null): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    clearTimeout(this.#timer);
    if (error !== null) {
      // The listener for errors stays: more of them may come while it is torn down.
      this.#socket.destroy();
      this.#done(error, null);
      return;
    }
    // Nothing of the way here stays with a socket that may be open for hours.
    this.#unwatch();
    this.#done(null, this.#socket);
  }
}

function tlsOptions(endpoint: Endpoint): ConnectionOptions {
  return {
    ...(isIP(endpoint.hostname) === 0 ? { servername: endpoint.hostname } : {}),
    ...(endpoint.secureContext === undefined ? {} : { secureContext: endpoint.secureContext }),
    ...(endpoint.session === undefined ? {} : { session: endpoint.session }),
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: endpoint.verification === 'full',
  };
}

function verify(endpoint: Endpoint, socket: TLSSocket): Error | null {
  if (endpoint.verification === 'none') return null;
  if (endpoint.verification === 'untrusted') {
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
function certificateError(hostname: string, certificate: PeerCertificate, nowEpochMs: number): Error | null {
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
    `connect ETIMEDOUT ${textOfPlace(endpoint.place)} after ${endpoint.connectTimeoutMs} ms`,
  );
}

function coded(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
