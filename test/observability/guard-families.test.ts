import assert from 'node:assert/strict';
import test from 'node:test';
import { guardFamilies } from '../../src/observability/guard-families.ts';
import { Families } from '../../src/observability/prometheus.ts';
import type { ProcessFigures } from '../../src/observability/stats.ts';

test('metrics: the guard and TLS are told by process and reason, and left out where there is none', () => {
  const text = new Families();
  const front = {
    handshakeCount: 7,
    handshakeFailureCount: 2,
    pendingCount: 1,
    refusedCertificates: { CERT_REVOKED: 3 },
  };
  const processes = [
    {
      process: '0',
      guard: { refusedConnections: { rate: 4 }, addresses: 5, shedShare: 0.25 },
      tls: { loads: 2, loadFailures: 1, front },
    },
    { process: '1' },
    { process: '2', tls: { loads: 1, loadFailures: 0, front: null } },
  ] as unknown as ProcessFigures[];
  guardFamilies(text, processes);
  const samples = text
    .toString()
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  assert.deepEqual(samples, [
    'sluice_guard_addresses{process="0"} 5',
    'sluice_guard_shed_share{process="0"} 0.25',
    'sluice_guard_refused_connections_total{process="0",reason="rate"} 4',
    'sluice_tls_loads_total{process="0"} 2',
    'sluice_tls_loads_total{process="2"} 1',
    'sluice_tls_load_failures_total{process="0"} 1',
    'sluice_tls_load_failures_total{process="2"} 0',
    'sluice_tls_handshakes_total{process="0"} 7',
    'sluice_tls_handshake_failures_total{process="0"} 2',
    'sluice_tls_handshakes_pending{process="0"} 1',
    'sluice_tls_refused_certificates_total{process="0",reason="CERT_REVOKED"} 3',
  ]);
});
