// Where the calls to one AWS service go: the configured endpoint, its region filled in, a sub-domain put before it.

import { isIP } from 'node:net';
import type { AwsUri } from '../exchange/aws-uri.ts';
import type { Tools } from '../exchange/tools.ts';
import type { UpstreamTarget } from '../exchange/upstream.ts';
import type { ServiceEndpoint } from '../resources/index.ts';

/** Whom one call goes to. */
export interface ServiceAddress {
  readonly target: UpstreamTarget;
  readonly origin: string;
  /** The Host field. */
  readonly host: string;
  /** What stands before the path: begins with `/`, or ''. */
  readonly pathPrefix: string;
  readonly signingName: string | null;
}

/** A ServiceEndpoint, read. */
interface ReadEndpoint {
  readonly endpoint: ServiceEndpoint;
  readonly url: URL;
  readonly pathPrefix: string;
  /** For calls without a sub-domain. */
  readonly target: UpstreamTarget;
}

const options = Object.freeze({ insecureSkipVerification: false });
const hostLabels = /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*$/;

/**
 * Finds a service's endpoint. What is configured may change at any time, so it is looked up per call and read again
 * only when it has changed.
 */
export class ServiceLocator {
  readonly #uri: AwsUri;
  readonly #region: string;
  readonly #tools: Pick<Tools, 'backends' | 'upstream'>;
  #read: ReadEndpoint | null = null;

  constructor(uri: AwsUri, region: string, tools: Pick<Tools, 'backends' | 'upstream'>) {
    this.#uri = uri;
    this.#region = region;
    this.#tools = tools;
  }

  /**
   * @param subdomain - its placeholders filled; null when the URI has none
   * @returns 'unknown' when no endpoint is configured, 'invalid' when the sub-domain or the endpoint is no host
   */
  locate(subdomain: string | null): ServiceAddress | 'unknown' | 'invalid' {
    const { service } = this.#uri;
    // One that is configured with its sub-domain is that host already.
    const whole = subdomain === null ? null : this.#tools.backends.service(`${subdomain}.${service}`);
    const endpoint = whole ?? this.#tools.backends.service(service);
    if (endpoint === null) return 'unknown';
    if (this.#read?.endpoint !== endpoint) this.#read = this.#readEndpoint(endpoint);
    if (this.#read === null) return 'invalid';
    const { url, pathPrefix, target } = this.#read;
    const { signingName } = endpoint;
    const plain = { target, origin: url.origin, host: url.host, pathPrefix, signingName };
    if (subdomain === null || whole !== null) return plain;
    const name = subdomain.toLowerCase();
    if (name.length > 190 || !hostLabels.test(name)) return 'invalid';
    const isAmazon = /\.amazonaws\.com(\.cn)?$/.test(url.hostname);
    // Every S3 has buckets in the path too, and few answer to names below their own.
    if (service === 's3' && !isAmazon) return { ...plain, pathPrefix: `${pathPrefix}/${name}` };
    // Nothing can be put before an address: it is called as it is, and the Host field says the whole name.
    if (isIP(url.hostname.replace(/^\[|\]$/g, '')) > 0 || !url.hostname.includes('.'))
      return { ...plain, host: this.#awsHost(name) };
    const origin = `${url.protocol}//${name}.${url.host}`;
    return {
      ...plain,
      origin,
      host: `${name}.${url.host}`,
      target: this.#tools.upstream.target(origin, options),
    };
  }

  #awsHost(subdomain: string): string {
    const suffix = this.#uri.partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
    return `${subdomain}.${this.#uri.service}.${this.#region}.${suffix}`;
  }

  #readEndpoint(endpoint: ServiceEndpoint): ReadEndpoint | null {
    const text = endpoint.endpoint.replaceAll('{region}', this.#region);
    const url = URL.canParse(text) ? new URL(text) : null;
    if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '') return null;
    const pathPrefix = url.pathname.replace(/\/+$/, '');
    return { endpoint, url, pathPrefix, target: this.#tools.upstream.target(url.origin, options) };
  }
}
