// How one integration speaks to the targets of a pool: what its URI's origin and its TLS settings say.

import type { UpstreamTargetOptions } from '../../exchange/upstream.ts';
import type { TargetPool } from '../../resources/index.ts';
import { digestOf, type TargetAddress, type UpstreamClient } from '../upstream/index.ts';
import type { Connections, Member } from './member.ts';

export interface Way {
  /** Ways with the same key share connections. */
  readonly key: string;
  readonly origin: string;
  /** The URI's host: the Host field of its calls, whatever target takes them. */
  readonly hostField: string;
  /** Where a target names no port. */
  readonly port: number;
  readonly options: UpstreamTargetOptions;
}

/** @param origin - `http://host[:port]` or `https://host[:port]`, lower case */
export function wayOf(origin: string, options: UpstreamTargetOptions): Way {
  const url = new URL(origin);
  const secure = url.protocol === 'https:';
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  const { insecureSkipVerification, clientCertificate } = options;
  // Over http only the Host field differs, and that is said with each call.
  const key = secure
    ? `${url.host} ${insecureSkipVerification} ${clientCertificate ? digestOf(clientCertificate) : ''}`
    : `http ${port}`;
  return { key, origin, hostField: url.host, port, options };
}

/** @throws Error when the client certificate, the pool's authority or its proxy cannot be used */
export function connectionsOf(
  upstream: UpstreamClient,
  pool: TargetPool,
  member: Member,
  way: Way,
): Connections {
  const { connectionsMax, queuedMax, ca, proxy } = pool;
  const address: TargetAddress = {
    origin: way.origin,
    place: 'path' in member.place ? member.place : { ...member.place, port: member.place.port ?? way.port },
    proxy,
    ca,
    verification: way.options.insecureSkipVerification ? 'untrusted' : 'full',
    clientCertificate: way.options.clientCertificate,
  };
  return upstream.open(address, { connectionsMax, queuedMax });
}
