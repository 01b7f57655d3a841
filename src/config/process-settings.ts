// Every process setting there is. In a file the keys nest as here; `upstream.idleMs` is `--upstream-idle-ms` as a
// flag and `SLUICE_UPSTREAM_IDLE_MS` in the environment.

import { availableParallelism } from 'node:os';
import { accountBurstDefault, accountRateRpsDefault } from '../resources/index.ts';
import { guardSettings } from './guard-settings.ts';
import type { ConfigSections } from './sections.ts';
import { choice, file, integer, type Setting, text, yesNo } from './setting.ts';

const hostPattern = /^[0-9A-Za-z][0-9A-Za-z.:-]*$|^::[0-9A-Fa-f:.]*$/;
const coresCount = availableParallelism();

export const processSettings = {
  host: text({
    default: '0.0.0.0',
    means: 'Address on which requests are accepted.',
    reason: 'a gateway is there to be reached; 127.0.0.1 keeps it to this machine',
    expected: 'an IP address or a host name',
    pattern: hostPattern,
  }),
  port: integer({
    default: 8080,
    unit: '0 = any free port',
    min: 0,
    max: 65_535,
    means: 'TCP port on which requests are accepted.',
    reason: 'needs no privilege',
  }),
  processes: integer({
    default: Math.max(1, coresCount - 1),
    unit: '',
    min: 1,
    max: 256,
    means: 'Data-plane processes that share the port.',
    reason: 'one per core, less one for the kernel, the upstreams and the supervisor',
  }),
  dataDir: file({
    default: 'data',
    means: 'Folder of the store, the published APIs, counters, logs and sockets.',
    reason: 'beside what is run, so that a checkout leaves nothing elsewhere',
  }),
  tls: {
    key: file({
      default: null,
      means: 'PEM file of the private key; needs tls.cert.',
      reason: 'plain HTTP until told otherwise',
    }),
    cert: file({
      default: null,
      means: 'PEM file of the certificate chain; needs tls.key.',
      reason: 'plain HTTP until told otherwise',
    }),
    front: choice({
      default: 'auto',
      words: ['auto', 'always', 'never'],
      means:
        'Whether TLS ends in a front that asks for certificates and follows security policies by domain name.',
      reason: 'auto has one while a domain name needs it: it costs some 35 us of CPU a request',
    }),
  },
  guard: guardSettings,
  hostSuffix: text({
    default: 'localhost',
    means: 'What follows {apiId}.execute-api.{region}. in the Host field.',
    reason: 'browsers and curl resolve *.localhost to this machine without DNS',
    expected: 'a domain name without a dot at either end',
    pattern: /^[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*$/,
  }),
  region: text({
    default: 'us-east-1',
    means: 'AWS region that hosts, ARNs and signatures name.',
    reason: "the AWS tools' own fallback",
    expected: 'a region such as us-east-1',
    pattern: /^[a-z0-9]+(-[a-z0-9]+)+$/,
  }),
  accountId: text({
    default: '000000000000',
    means: 'AWS account id that ARNs and $context.accountId name.',
    reason: 'belongs to nobody, so it can be mistaken for no real account',
    expected: '12 digits in quotes',
    pattern: /^[0-9]{12}$/,
  }),
  accountThrottle: {
    rateRps: integer({
      default: accountRateRpsDefault,
      unit: 'requests per second',
      min: 0,
      max: 1_000_000_000,
      means: 'Requests per second that all APIs together are allowed.',
      reason: "AWS's quota for an account and region",
    }),
    burst: integer({
      default: accountBurstDefault,
      unit: 'requests',
      min: 0,
      max: 1_000_000_000,
      means: 'Requests at once that all APIs together are allowed.',
      reason: "AWS's quota for an account and region",
    }),
  },
  render: {
    offload: choice({
      default: 'auto',
      words: ['auto', 'always', 'never'],
      means: 'Whether mapping templates are rendered, and signatures of tokens verified, in worker threads.',
      reason: 'auto weighs the cost of each batch against one crossing',
    }),
    threads: integer({
      default: 1,
      unit: 'threads of each process',
      min: 1,
      max: 64,
      means: 'Worker threads of each data plane.',
      reason: 'the processes already fill the cores; one thread takes what would stall the event loop',
    }),
  },
  throttle: choice({
    default: 'auto',
    words: ['auto', 'native', 'twin'],
    means: 'Throttling counters: shared by all processes (native) or an equal share for each (twin).',
    reason: 'auto is native where the Rust crate is built',
  }),
  logs: {
    dir: file({
      default: null,
      means: 'Folder of the logs; logs/ in the data folder when not set.',
      reason: 'one folder to keep or to throw away',
    }),
    flushMs: integer({
      default: 200,
      unit: 'milliseconds',
      min: 1,
      max: 60_000,
      means: 'Longest time that an access-log line waits in memory.',
      reason: 'writes of many lines at once, and soon enough for a person who watches',
    }),
  },
  upstream: {
    connectionsMax: integer({
      default: 256,
      unit: 'connections per origin and process',
      min: 1,
      max: 65_535,
      means: 'Connections to one upstream origin at once; further requests wait.',
      reason: 'beyond what 10,000 rps at 20 ms need, and below usual server limits',
    }),
    idleMs: integer({
      default: 4_000,
      unit: 'milliseconds',
      min: 1,
      max: 600_000,
      means: 'How long an idle upstream connection is kept.',
      reason: 'shorter than the 5 s after which Node.js servers close theirs',
    }),
    connectTimeoutMs: integer({
      default: 5_000,
      unit: 'milliseconds',
      min: 1,
      max: 29_000,
      means: 'Longest time to connect to an upstream.',
      reason: 'two lost SYN packets are survived (1 s and 3 s)',
    }),
  },
  functionHost: {
    concurrency: integer({
      default: 1_000,
      unit: 'invocations',
      min: 1,
      max: 1_000_000,
      means: 'Invocations at once of all functions together, reserved ones included.',
      reason: "Lambda's quota of an account",
    }),
    environmentsMax: integer({
      default: 100,
      unit: 'processes',
      min: 1,
      max: 10_000,
      means: 'Environments at once of all functions together; each is a process.',
      reason: 'one of Node.js holds some 60 MB',
    }),
    idleSeconds: integer({
      default: 600,
      unit: 'seconds',
      min: 1,
      max: 86_400,
      means: 'How long an environment that nobody uses is kept.',
      reason: 'about as long as Lambda keeps one',
    }),
  },
  drainMs: integer({
    default: 30_000,
    unit: 'milliseconds',
    min: 0,
    max: 600_000,
    means: 'Longest time that requests in flight are given to end when a data plane stops.',
    reason: "an integration may take 29 s; systemd's own patience is 90",
  }),
  admin: {
    host: text({
      default: '127.0.0.1',
      means: 'Address of /metrics, /healthz, /readyz and /status.',
      reason: 'loopback: these pages ask nobody who they are',
      expected: 'an IP address or a host name',
      pattern: hostPattern,
    }),
    port: integer({
      default: 8090,
      unit: '0 = any free port',
      min: 0,
      max: 65_535,
      means: 'TCP port of /metrics, /healthz, /readyz and /status.',
      reason: 'beside 8080',
    }),
  },
  management: {
    host: text({
      default: '127.0.0.1',
      means: 'Address of the management API (aws apigateway --endpoint-url).',
      reason: 'loopback: who may change APIs should be near',
      expected: 'an IP address or a host name',
      pattern: hostPattern,
    }),
    port: integer({
      default: 8081,
      unit: '0 = any free port',
      min: 0,
      max: 65_535,
      means: 'TCP port of the management API.',
      reason: 'beside 8080',
    }),
    dev: yesNo({
      default: false,
      means: 'The management API accepts any credentials, or none; on loopback only.',
      reason: 'a gateway that anybody can change must be asked for',
    }),
  },
} as const;

/** A group of settings, as deep as it likes. */
export interface SettingGroup {
  readonly [name: string]: Setting<unknown> | SettingGroup;
}

type Values<G> = {
  readonly [K in keyof G]: G[K] extends Setting<infer T> ? T : Values<G[K]>;
};

/** The process configuration: all paths absolute, frozen, made once. */
export type ProcessConfig = Values<typeof processSettings> & ConfigSections;

/** One setting with the names it goes by. */
export interface NamedSetting {
  /** `upstream.idleMs` */
  readonly key: string;
  readonly path: readonly string[];
  /** `--upstream-idle-ms` */
  readonly flag: string;
  /** `SLUICE_UPSTREAM_IDLE_MS` */
  readonly variable: string;
  readonly setting: Setting<unknown>;
}

/** @returns whether this is a setting, not a group of them */
export function isSetting(entry: Setting<unknown> | SettingGroup): entry is Setting<unknown> {
  return typeof entry.parse === 'function';
}

function named(group: SettingGroup, above: readonly string[]): NamedSetting[] {
  return Object.entries(group).flatMap(([name, entry]) => {
    const path = [...above, name];
    if (!isSetting(entry)) return named(entry, path);
    const words = path
      .map((part) => part.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`))
      .join('-');
    const variable = `SLUICE_${words.replaceAll('-', '_').toUpperCase()}`;
    return [{ key: path.join('.'), path, flag: `--${words}`, variable, setting: entry }];
  });
}

/** All settings in the order of the table. */
export const namedSettings: readonly NamedSetting[] = named(processSettings, []);
