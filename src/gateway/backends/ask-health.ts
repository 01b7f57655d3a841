// One health check over the wire: http, https or a mere connection.

import type { HealthCheck, TargetPool } from '../../resources/index.ts';
import type { TargetAddress, UpstreamClient } from '../upstream/index.ts';
import { type Ask, compileMatcher } from './health-checker.ts';
import type { Member } from './member.ts';

/** @param pool - whose authority and proxy are used; who a target is on TLS is nobody's question here, as with AWS */
export function askOverTheWire(upstream: UpstreamClient, pool: TargetPool, check: HealthCheck): Ask {
  const matches = compileMatcher(check.matcher);
  return (member, { protocol, path, timeoutMs }, done) => {
    try {
      const address = addressOf(pool, member, check);
      if (protocol === 'tcp') {
        let isOver = false;
        const knocking = upstream.knock(address, timeoutMs, (error) => {
          if (!isOver) done(error === null);
        });
        const abort = (): void => {
          isOver = true;
          knocking.cancel();
        };
        return { abort };
      }
      // A connection for each check: one that is open says nothing of those to be opened.
      const connections = upstream.open(address, { connectionsMax: 1, idleTimeoutMs: 0 });
      let status = 0;
      return connections.send(
        {
          method: 'GET',
          path,
          headers: ['User-Agent', 'Sluice-HealthCheck', 'Accept', '*/*'],
          body: null,
          timeoutMs,
          timeoutCovers: 'answer',
        },
        {
          onHead: (answered) => {
            status = answered;
          },
          onData: () => true,
          onEnd: () => done(matches(status)),
          onError: () => done(false),
        },
      );
    } catch {
      // An authority that cannot be read: no connection can be made, by calls neither, which tell it.
      const failing = setImmediate(() => done(false));
      return { abort: () => clearImmediate(failing) };
    }
  };
}

function addressOf(pool: TargetPool, member: Member, { protocol, port }: HealthCheck): TargetAddress {
  const { place } = member;
  const secure = protocol === 'https';
  const host = 'path' in place ? 'localhost' : (member.name ?? bracketed(place.host));
  const asked = 'path' in place ? null : (port ?? place.port ?? (secure ? 443 : 80));
  return {
    origin: `${secure ? 'https' : 'http'}://${host}${asked === null ? '' : `:${asked}`}`,
    place: 'path' in place ? place : { host: place.host, port: asked! },
    proxy: pool.proxy,
    ca: pool.ca,
    verification: 'none',
    clientCertificate: null,
  };
}

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);
