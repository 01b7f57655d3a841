// Metrics of the listener's guard and of TLS. Pure.

import type { Families, Figure } from './prometheus.ts';
import type { GuardStats, ProcessFigures, TlsStats } from './stats.ts';

type Front = NonNullable<TlsStats['front']>;

/** Those of processes that have none of it are left out. */
export function guardFamilies(text: Families, processes: readonly ProcessFigures[]): void {
  const gauges: readonly [string, string, (guard: GuardStats) => number][] = [
    ['addresses', 'Addresses of which the guard remembers something.', (guard) => guard.addresses],
    ['shed_share', 'Part of ordinary requests that is turned away for lateness.', (guard) => guard.shedShare],
  ];
  for (const [name, help, read] of gauges)
    text.family(`sluice_guard_${name}`, 'gauge', help, (add) => {
      for (const { process, guard } of processes) if (guard !== undefined) add({ process }, read(guard));
    });
  text.family(
    'sluice_guard_refused_connections_total',
    'counter',
    'Connections that the guard closed, by reason.',
    (add) => {
      for (const { process, guard } of processes)
        for (const [reason, count] of Object.entries(guard?.refusedConnections ?? {}))
          add({ process, reason }, count);
    },
  );
  const loads: readonly [string, string, (tls: TlsStats) => number][] = [
    [
      'loads_total',
      'Times that certificates, truststores or revocation lists were read.',
      (tls) => tls.loads,
    ],
    ['load_failures_total', 'Times that they could not be used.', (tls) => tls.loadFailures],
  ];
  for (const [name, help, read] of loads)
    text.family(`sluice_tls_${name}`, 'counter', help, (add) => {
      for (const { process, tls } of processes) if (tls !== undefined) add({ process }, read(tls));
    });
  const ofFront: readonly Figure<Front>[] = [
    ['handshakes_total', 'counter', 'TLS handshakes of the front.', (front) => front.handshakeCount],
    [
      'handshake_failures_total',
      'counter',
      'TLS handshakes that came to nothing.',
      (front) => front.handshakeFailureCount,
    ],
    ['handshakes_pending', 'gauge', 'Connections before the end of their handshake.', (f) => f.pendingCount],
  ];
  for (const [name, kind, help, read] of ofFront)
    text.family(`sluice_tls_${name}`, kind, help, (add) => {
      for (const { process, tls } of processes) if (tls?.front) add({ process }, read(tls.front));
    });
  text.family(
    'sluice_tls_refused_certificates_total',
    'counter',
    'Certificates of clients that were not accepted, by reason.',
    (add) => {
      for (const { process, tls } of processes)
        for (const [reason, count] of Object.entries(tls?.front?.refusedCertificates ?? {}))
          add({ process, reason }, count);
    },
  );
}
