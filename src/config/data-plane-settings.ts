// What a data-plane process is told at its start. It crosses as one JSON argument and never changes afterwards.

import { createHash } from 'node:crypto';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { ConfigError } from './config-error.ts';
import { type GuardSettings, guardOf } from './guard-settings.ts';
import type { ProcessConfig } from './process-settings.ts';
import type { TlsDomainSettings, TruststoreFile } from './tls-domains.ts';

export interface UpstreamSettings {
  /** Connections to one origin at once from this process; further requests wait. */
  readonly connectionsMax: number;
  /** Milliseconds that an idle connection is kept. */
  readonly idleMs: number;
  /** Milliseconds to connect. */
  readonly connectTimeoutMs: number;
}

export interface TlsSettings {
  readonly keyFile: string;
  readonly certFile: string;
  /** Whether Node's TLS stands in front of uWebSockets.js. */
  readonly front: 'auto' | 'always' | 'never';
  readonly domains: readonly TlsDomainSettings[];
  readonly truststores: readonly TruststoreFile[];
}

/** Frozen; units, defaults and reasons stand in `process-settings.ts`. */
export interface DataPlaneSettings {
  /** Which of the processes this is: 0 to processes - 1. */
  readonly slot: number;
  /** How many data planes share the port. */
  readonly processes: number;
  /** Absolute. */
  readonly dataDir: string;
  readonly host: string;
  /** 0 = any free port (the supervisor then hands the first one's port to the others). */
  readonly port: number;
  /** null = plain HTTP. */
  readonly tls: TlsSettings | null;
  /** null = switched off. */
  readonly guard: GuardSettings | null;
  /** What follows `{apiId}.execute-api.{region}.` in the Host field. */
  readonly hostSuffix: string;
  readonly region: string;
  readonly accountId: string;
  readonly offload: 'auto' | 'always' | 'never';
  /** Worker threads of this process. */
  readonly renderThreads: number;
  readonly throttle: 'auto' | 'native' | 'twin';
  /** Absolute. */
  readonly logsDir: string;
  /** Milliseconds that an access-log line may wait in memory. */
  readonly accessLogFlushMs: number;
  readonly upstream: UpstreamSettings;
  /** Milliseconds that requests in flight are given at a drain that names no deadline of its own. */
  readonly drainDeadlineMs: number;
}

/** @param slot - 0 to processes - 1 @param port - the configured port, or the one that port 0 became */
export function dataPlaneSettings(config: ProcessConfig, slot: number, port: number): DataPlaneSettings {
  const { key, cert, front } = config.tls;
  const { domains, truststores } = config;
  return deepFreeze({
    slot,
    processes: config.processes,
    dataDir: config.dataDir,
    host: config.host,
    port,
    tls: key !== null && cert !== null ? { keyFile: key, certFile: cert, front, domains, truststores } : null,
    guard: guardOf(config.guard),
    hostSuffix: config.hostSuffix,
    region: config.region,
    accountId: config.accountId,
    offload: config.render.offload,
    renderThreads: config.render.threads,
    throttle: config.throttle,
    logsDir: logsFolder(config),
    accessLogFlushMs: config.logs.flushMs,
    upstream: { ...config.upstream },
    drainDeadlineMs: config.drainMs,
  });
}

/** Where the logs lie. */
export function logsFolder(config: ProcessConfig): string {
  return config.logs.dir ?? path.join(config.dataDir, 'logs');
}

/**
 * Two data planes with the same hash serve alike. What certificate files hold is no part of it: data planes follow
 * that by themselves.
 */
export function settingsHash(config: ProcessConfig): string {
  const settings = dataPlaneSettings(config, 0, config.port);
  return createHash('sha256').update(JSON.stringify(settings)).digest('hex').slice(0, 16);
}

/**
 * Refuses a configuration whose TLS files cannot be read: better at the start than by a data plane that shuts a name.
 * @throws ConfigError with a line for each
 */
export function checkTlsReadable({ tls, domains, truststores }: ProcessConfig): void {
  const files = [
    ['tls.key', tls.key],
    ['tls.cert', tls.cert],
    ...domains.flatMap(({ name, ...files }) =>
      (['key', 'cert', 'truststore', 'revocations'] as const).map(
        (member) => [`domains.${name}.${member}`, files[member]] as const,
      ),
    ),
    ...truststores.flatMap(
      ({ uri, file, revocations }) =>
        [
          [`truststores.${uri}`, file],
          [`truststores.${uri}.revocations`, revocations],
        ] as const,
    ),
  ] as const;
  const problems = files.flatMap(([key, file]) => {
    const reason = file === null ? null : unreadable(file);
    return reason === null
      ? []
      : [`${key}: cannot read "${file}" (${reason}); name a PEM file that this user may read`];
  });
  if (problems.length > 0) throw new ConfigError(problems);
}

function unreadable(file: string): string | null {
  try {
    accessSync(file, constants.R_OK);
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

export function deepFreeze<T extends object>(value: T): T {
  for (const member of Object.values(value))
    if (typeof member === 'object' && member !== null) deepFreeze(member);
  return Object.freeze(value);
}
