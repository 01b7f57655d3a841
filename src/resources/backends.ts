// Backends that no URL names alone: pools of targets behind VPC links, endpoints of AWS-compatible services, and the
// keys that roles stand for. They are set in the configuration file and reach the data planes with the published state,
// so that a reload changes them without another process. Types only.

export interface PoolTarget {
  /**
   * `host:port` (a name is looked up, each of its addresses is a target), `unix:/run/app.sock`, or
   * `srv:_http._tcp.app.internal` (DNS SRV: its hosts, ports and weights).
   */
  readonly address: string;
  /** 1 to 1000. */
  readonly weight: number;
}

export interface HealthCheck {
  /** `tcp`: a connection is enough. */
  readonly protocol: 'http' | 'https' | 'tcp';
  readonly path: string;
  /** null = the target's own. */
  readonly port: number | null;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** In a row, before a target is healthy, and before it is not. */
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  /** Healthy statuses: `200`, `200-399`, `200,301`. */
  readonly matcher: string;
}

/** When a target is left alone for a while because of what it does to requests (Envoy's outlier detection). */
export interface OutlierDetection {
  /** Failed calls in a row: no connection, reset, timeout, or 502, 503, 504. 0 = never. */
  readonly consecutiveFailures: number;
  /** The first ejection; each further one of the same target lasts as much longer. */
  readonly baseEjectionMs: number;
  readonly maxEjectionMs: number;
  /** Of the pool's targets, 0 to 100; one at least may always be ejected, and never the last. */
  readonly maxEjectedPercent: number;
}

/** A load balancer of our own. VPC links name it as the load balancer of their target ARN. */
export interface TargetPool {
  readonly name: string;
  readonly targets: readonly PoolTarget[];
  readonly balance: 'roundRobin' | 'leastOutstanding';
  /** null = targets are presumed healthy. */
  readonly healthCheck: HealthCheck | null;
  readonly outlierDetection: OutlierDetection;
  /** A target that comes back gets its full share only after so long. */
  readonly slowStartMs: number;
  /** Per target and data plane. */
  readonly connectionsMax: number;
  /** Calls that may wait for a connection, per target and data plane. */
  readonly queuedMax: number;
  /** A target that was taken out of the pool finishes what it has, at most so long. */
  readonly drainMs: number;
  /** Calls that are sent once more to another target, per cent of all calls; only where it is safe. 0 = never. */
  readonly retryBudgetPercent: number;
  /** PEM; trusted beside the system's where the integration's URI is https. */
  readonly ca: string | null;
  /** `http://host:port` of a forward proxy; null = direct. */
  readonly proxy: string | null;
}

/** Where the calls of AWS integrations to one service go. */
export interface ServiceEndpoint {
  /** As integration URIs and host names spell it: `dynamodb`, `sqs`, `s3`, `states` ... */
  readonly service: string;
  /** `http://127.0.0.1:5000`; may end in a path prefix. `{region}` stands for the URI's region. */
  readonly endpoint: string;
  /** The name in signatures, where it differs: `monitoring`. */
  readonly signingName: string | null;
}

/** What a role stands for. */
export interface RoleCredentials {
  /** `arn:aws:iam::000000000000:role/apigateway-dynamodb` */
  readonly roleArn: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | null;
}

/** Who is asked about opaque tokens (RFC 7662). */
export interface IntrospectionEndpoint {
  /** What authorizers call it: `arn:aws:apigateway:{region}:introspection:path/{name}`. */
  readonly name: string;
  readonly endpoint: string;
  /** Who we are to it. */
  readonly clientId: string;
  readonly clientSecret: string;
  /** How we say so: RFC 6749, section 2.3.1. */
  readonly clientAuthentication: 'basic' | 'post';
  /** `iss` of its answers; null: not asked. */
  readonly issuer: string | null;
  /** One of them must be an audience of the token; empty: not asked. */
  readonly audiences: readonly string[];
  readonly timeoutMs: number;
}

export interface PublishedVpcLink {
  readonly id: string;
  /** ARNs of load balancers: `arn:aws:elasticloadbalancing:...:loadbalancer/net/NAME/ID`; NAME is the pool. */
  readonly targetArns: readonly string[];
}

/** What the configuration file says of backends. */
export interface BackendSettings {
  readonly pools: readonly TargetPool[];
  readonly services: readonly ServiceEndpoint[];
  readonly roles: readonly RoleCredentials[];
  /** Without it there are none: states that an earlier release published. */
  readonly introspection?: readonly IntrospectionEndpoint[];
  /** Private and secret JWKs that open encrypted tokens. Without it there are none, as above. */
  readonly tokenKeys?: readonly object[];
  /** For warnings of the management API alone: the truststores that files stand for. Absent: nobody knows. */
  readonly truststores?: {
    /** `s3://bucket/key`, or with `?versionId=...` behind it. */
    readonly uris: readonly string[];
    /** Domain names that have one of their own, lower case. */
    readonly domainNames: readonly string[];
  };
}

/** All of it, as data planes are told. */
export interface PublishedBackends extends BackendSettings {
  readonly vpcLinks: readonly PublishedVpcLink[];
}

export const noBackends: PublishedBackends = Object.freeze({
  pools: [],
  vpcLinks: [],
  services: [],
  roles: [],
});
