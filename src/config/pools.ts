// `pools:` of a configuration file: load balancers of our own, which VPC links name.

import type { PoolTarget, TargetPool } from '../resources/index.ts';
import type { Placed } from './placed.ts';
import type { NameRule, SectionReader } from './section-reader.ts';
import { choice, file, integer, optionalInteger, text } from './setting.ts';

/** A pool as the file says it; its CA is read where it is used. */
export interface PoolDeclaration extends Omit<TargetPool, 'ca'> {
  /** Absolute. */
  readonly caFile: string | null;
  /** Of `caFile`. */
  readonly where: string;
}

const poolName: NameRule = {
  pattern: /^[0-9A-Za-z]([0-9A-Za-z-]{0,30}[0-9A-Za-z])?$/,
  expected: "1 to 32 letters, digits and inner hyphens, as a load balancer's name in its ARN",
};

const targetsMax = 1_000;
const weightMax = 1_000;

export const poolFields = {
  balance: choice({
    default: 'roundRobin',
    words: ['roundRobin', 'leastOutstanding'],
    means: 'How a target is chosen for a call.',
    reason: "Envoy's and the Application Load Balancer's own; leastOutstanding suits calls of unequal length",
  }),
  slowStartMs: integer({
    default: 0,
    unit: 'milliseconds',
    min: 0,
    max: 900_000,
    means: 'How long a target that comes back gets less than its share.',
    reason: 'off, as at AWS and in Envoy; worth setting for targets that must warm up',
  }),
  connectionsMax: integer({
    default: 256,
    unit: 'connections per target and data plane',
    min: 1,
    max: 65_535,
    means: 'Connections to one target at once; further calls wait.',
    reason: 'as upstream.connectionsMax: what one server of usual limits takes',
  }),
  queuedMax: integer({
    default: 1_024,
    unit: 'calls per target and data plane',
    min: 0,
    max: 1_000_000,
    means: 'Calls that may wait for a connection; one more is refused at once.',
    reason: "Envoy's max_pending_requests: a queue without end turns a slow target into a slow gateway",
  }),
  drainMs: integer({
    default: 300_000,
    unit: 'milliseconds',
    min: 0,
    max: 3_600_000,
    means: 'Longest time that a target which left the pool is given for the calls it has.',
    reason: "the deregistration delay of AWS's load balancers; it costs nothing where calls are short",
  }),
  retryBudgetPercent: integer({
    default: 20,
    unit: 'per cent of all calls',
    min: 0,
    max: 100,
    means: 'Calls that may be sent once more to another target, where that is safe; 0 = none.',
    reason: "Envoy's retry budget: enough for a dead target of five, and no storm when all are ill",
  }),
  caFile: file({
    default: null,
    means: "PEM file of certificate authorities trusted beside the system's.",
    reason: 'targets with certificates of public authorities need none',
  }),
  proxy: text({
    default: null,
    means: 'Forward proxy through which targets are reached.',
    reason: 'targets are near; direct until told otherwise',
    expected: 'http://host:port, without a user',
    pattern: /^http:\/\/(\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z._-]+):[0-9]{1,5}\/?$/,
  }),
} as const;

export const healthCheckFields = {
  protocol: choice({
    default: 'tcp',
    words: ['http', 'https', 'tcp'],
    means: 'What is asked; tcp: a connection is enough.',
    reason: "the Network Load Balancer's own, and right for any target; http also finds one that hangs",
  }),
  path: text({
    default: '/',
    means: 'What http and https ask for.',
    reason: "AWS's own default",
    expected: 'a path that begins with "/", at most 1024 characters',
    pattern: /^\/[\x21-\x7e]{0,1023}$/,
  }),
  port: optionalInteger({
    unit: '',
    min: 1,
    max: 65_535,
    means: "TCP port that is asked; the target's own when not set.",
    reason: "the port that serves is the one that counts (AWS's traffic-port)",
  }),
  intervalMs: integer({
    default: 10_000,
    unit: 'milliseconds',
    min: 100,
    max: 300_000,
    means: 'Between two checks of one target.',
    reason: 'a third of what AWS waits: each data plane asks for itself, and near targets are cheap to ask',
  }),
  timeoutMs: integer({
    default: 5_000,
    unit: 'milliseconds',
    min: 50,
    max: 120_000,
    means: 'Longest time that a check may take; not above intervalMs.',
    reason: "the Application Load Balancer's own",
  }),
  healthyThreshold: integer({
    default: 3,
    unit: 'checks in a row',
    min: 1,
    max: 10,
    means: 'Good checks before a target gets calls again.',
    reason: 'a target that flaps must hold for half a minute',
  }),
  unhealthyThreshold: integer({
    default: 2,
    unit: 'checks in a row',
    min: 1,
    max: 10,
    means: 'Bad checks before a target gets no calls.',
    reason: "AWS's own: one lost packet is no illness",
  }),
  matcher: text({
    default: '200-399',
    means: 'Statuses of a healthy target.',
    reason: "the Network Load Balancer's own",
    expected: 'statuses such as 200, 200-399 or 200,301 in quotes',
    pattern: /^[1-5][0-9]{2}(-[1-5][0-9]{2})?(,[1-5][0-9]{2}(-[1-5][0-9]{2})?)*$/,
  }),
} as const;

export const outlierFields = {
  consecutiveFailures: integer({
    default: 5,
    unit: 'calls in a row; 0 = never',
    min: 0,
    max: 1_000,
    means: 'Failed calls before a target is left alone: no connection, reset, timeout, 502, 503 or 504.',
    reason: "Envoy's own",
  }),
  baseEjectionMs: integer({
    default: 30_000,
    unit: 'milliseconds',
    min: 1,
    max: 3_600_000,
    means: 'How long it is left alone the first time; each further time lasts as much longer.',
    reason: "Envoy's own",
  }),
  maxEjectionMs: integer({
    default: 300_000,
    unit: 'milliseconds',
    min: 1,
    max: 86_400_000,
    means: 'Longest time that it is left alone; not below baseEjectionMs.',
    reason: "Envoy's own",
  }),
  maxEjectedPercent: integer({
    default: 50,
    unit: 'per cent of the targets',
    min: 0,
    max: 100,
    means: 'Targets that may be left alone at once; one at least may always be, and never the last.',
    reason: "Envoy's 10 is meant for hundreds of targets; of four, two may be ill",
  }),
} as const;

const weight = integer({
  default: 1,
  unit: '',
  min: 1,
  max: weightMax,
  means: "A target's share, beside those of the others.",
  reason: 'alike until told otherwise',
});

const groups = ['targets', 'healthCheck', 'outlierDetection'];

export function readPools(reader: SectionReader, section: Placed): PoolDeclaration[] {
  return reader.named(section, 'pools', poolName).flatMap(({ name, value }) => {
    const members = reader.members(value, ['targets', ...Object.keys(poolFields), ...groups.slice(1)]);
    if (members === null) return [];
    const fields = reader.fields(value, members, poolFields);
    const caFile = members.get('caFile');
    return [
      {
        name,
        ...fields,
        proxy: fields.proxy?.replace(/\/$/, '') ?? null,
        targets: readTargets(reader, value, members.get('targets')),
        healthCheck: readHealthCheck(reader, members.get('healthCheck')),
        outlierDetection: readOutlierDetection(reader, members.get('outlierDetection')),
        where: (caFile ?? value).where,
      },
    ];
  });
}

function readTargets(reader: SectionReader, pool: Placed, given: Placed | undefined): PoolTarget[] {
  const expected = `a list of 1 to ${targetsMax} targets: host:port, unix:/path or srv:_http._tcp.name`;
  if (given === undefined) {
    reader.tell(pool, `${pool.key} has no "targets"; expected ${expected}`);
    return [];
  }
  const seen = new Set<string>();
  return reader.items(given, expected, targetsMax).flatMap((item) => {
    const members = typeof item.raw === 'string' ? null : reader.members(item, ['address', 'weight']);
    const placed = members === null ? item : members.get('address');
    if (typeof item.raw !== 'string' && members === null) return [];
    if (placed === undefined) {
      reader.tell(
        item,
        `${item.key} has no "address"; expected host:port, unix:/path or srv:_http._tcp.name`,
      );
      return [];
    }
    const address = reader.value(targetAddress, placed);
    if (seen.has(address) && address !== '')
      reader.tell(placed, `${placed.key} is there twice: "${address}"`);
    seen.add(address);
    return [{ address, weight: reader.value(weight, members?.get('weight')) }];
  });
}

const targetAddress = {
  ...text({
    default: '',
    means: '',
    reason: '',
    expected:
      '"host:port", "unix:/path" or "srv:_http._tcp.name"; whether TLS is spoken stands in the URI of the integration',
    pattern: /^/,
  }),
  parse: (raw: unknown): string | undefined => (typeof raw === 'string' && isAddress(raw) ? raw : undefined),
};

/** Bytes that a Unix socket's path may have. */
const socketPathMax = 107;
const hostPort = /^(?:\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z]([0-9A-Za-z._-]*[0-9A-Za-z])?):([0-9]{1,5})$/;
const serviceName = /^srv:(_[0-9A-Za-z-]+\.){2}[0-9A-Za-z]([0-9A-Za-z._-]*[0-9A-Za-z])?\.?$/;

function isAddress(address: string): boolean {
  if (address.startsWith('unix:'))
    return /^unix:\/[^\0]+$/.test(address) && Buffer.byteLength(address) - 5 <= socketPathMax;
  if (address.startsWith('srv:')) return serviceName.test(address);
  const port = Number(hostPort.exec(address)?.[2]);
  return port >= 1 && port <= 65_535;
}

function readHealthCheck(reader: SectionReader, given: Placed | undefined): TargetPool['healthCheck'] {
  if (given === undefined || given.isNull) return null;
  const members = reader.members(given, Object.keys(healthCheckFields));
  if (members === null) return null;
  const check = reader.fields(given, members, healthCheckFields);
  if (check.timeoutMs > check.intervalMs)
    reader.tell(
      members.get('timeoutMs') ?? members.get('intervalMs') ?? given,
      `${given.key}.timeoutMs is ${check.timeoutMs} and intervalMs ${check.intervalMs}; a check must end before the next begins`,
    );
  if (check.protocol === 'tcp')
    for (const name of ['path', 'matcher']) {
      const pointless = members.get(name);
      if (pointless !== undefined)
        reader.tell(
          pointless,
          `${pointless.key} has no meaning for protocol tcp; set protocol to http or https`,
        );
    }
  return check;
}

function readOutlierDetection(
  reader: SectionReader,
  given: Placed | undefined,
): TargetPool['outlierDetection'] {
  const members =
    given === undefined || given.isNull ? null : reader.members(given, Object.keys(outlierFields));
  const none = new Map<string, Placed>();
  // With no members every value is its default, and nothing is told of the owner.
  const detection = reader.fields(given as Placed, members ?? none, outlierFields);
  if (detection.maxEjectionMs < detection.baseEjectionMs)
    reader.tell(
      members?.get('maxEjectionMs') ?? members?.get('baseEjectionMs') ?? (given as Placed),
      `${given!.key}.maxEjectionMs is ${detection.maxEjectionMs}, below baseEjectionMs ${detection.baseEjectionMs}; raise it`,
    );
  return detection;
}
