// Host and first path segments -> the API's stage. Pure, and generic in what it finds.
//
// Host form:      Host {apiId}.execute-api.{region}.{suffix}, path /{stage}/...
// Path form:      any Host, path /_aws/execute-api/{apiId}/{stage}/... (Sluice's own, for use without DNS).
// Custom domain:  Host that was given mappings, path /{base path}/... or /{base path}/{stage}/...

import type { DomainGate } from '../../exchange/client-connection.ts';
import type { Address } from '../../exchange/exchange.ts';
import { BasePaths, type Mapping } from './base-paths.ts';

/** Which stage a request is for, and its path as the host form or the custom domain has it. */
export interface StageMatch<T> extends Address {
  readonly value: T;
  /** What the custom domain asks of the connection; null: nothing. */
  readonly gate: DomainGate | null;
}

interface Api<T> {
  readonly domainName: string;
  /** Stages that the default endpoint serves. */
  readonly open: Map<string, T>;
  /** All of them: what custom domains may lead to. */
  readonly stages: Map<string, T>;
}

interface Domain {
  readonly domainName: string;
  readonly basePaths: BasePaths;
  readonly gate: DomainGate | null;
}

const pathFormPrefix = '/_aws/execute-api/';

export class HostRouter<T> {
  readonly #region: string;
  readonly #suffix: string;
  readonly #byApi = new Map<string, Api<T>>();
  readonly #byHost = new Map<string, Api<T>>();
  readonly #domains = new Map<string, Domain>();

  /** @param suffix - what follows the region in host names, such as `localhost` or `amazonaws.com` */
  constructor(region: string, suffix: string) {
    this.#region = region;
    this.#suffix = suffix;
  }

  /** @param isDefaultEndpointOpen - false: reached through custom domains only (`disableExecuteApiEndpoint`) */
  add(apiId: string, stageName: string, value: T, isDefaultEndpointOpen = true): void {
    let api = this.#byApi.get(apiId);
    if (api === undefined) {
      const domainName = `${apiId}.execute-api.${this.#region}.${this.#suffix}`;
      api = { domainName, open: new Map(), stages: new Map() };
      this.#byApi.set(apiId, api);
      this.#byHost.set(domainName, api);
    }
    api.stages.set(stageName, value);
    if (isDefaultEndpointOpen) api.open.set(stageName, value);
  }

  /** @param domainName - lower case; `*.example.com` stands for any one label in front */
  addDomain(domainName: string, mappings: readonly Mapping[], gate: DomainGate | null = null): void {
    this.#domains.set(domainName, { domainName, basePaths: new BasePaths(mappings), gate });
  }

  /**
   * @param host - the Host field, with or without a port
   * @param path - the raw request path
   * @returns null when host, API or stage are unknown, or the stage is missing: AWS answers 403 Forbidden
   * @see data-plane reference, section 1
   */
  resolve(host: string, path: string): StageMatch<T> | null {
    let api: Api<T> | undefined;
    let rest = path;
    if (path.charCodeAt(1) !== underscore || !path.startsWith(pathFormPrefix)) {
      api = this.#byHost.get(host) ?? this.#byHost.get(hostName(host));
      // Only who has domains pays for them, and no host of the first form does.
      if (api === undefined && this.#domains.size > 0) return this.#resolveDomain(hostName(host), path);
    } else {
      const end = path.indexOf('/', pathFormPrefix.length);
      if (end < 0) return null;
      api = this.#byApi.get(path.slice(pathFormPrefix.length, end));
      rest = path.slice(end);
    }
    if (api === undefined) return null;
    if (rest.charCodeAt(1) === slash) rest = withOneSlash(rest);
    const end = segmentEnd(rest, 0);
    const value = api.open.get(rest.slice(1, end));
    if (value === undefined) return null;
    return { value, gate: null, path: rest, resourceStart: end, domainName: api.domainName, basePath: null };
  }

  /**
   * The longest base path that the path begins with decides; when there is nothing behind it, no other is tried.
   * @see data-plane reference, section 1, and observed behaviour, section 7
   */
  #resolveDomain(host: string, path: string): StageMatch<T> | null {
    const domain = this.#domains.get(host) ?? this.#domains.get(`*${host.slice(firstDot(host))}`);
    if (domain === undefined || healthChecks.has(path)) return null;
    const rest = path.charCodeAt(1) === slash ? withOneSlash(path) : path;
    const found = domain.basePaths.longest(rest);
    if (found === null) return null;
    const { basePath, apiId, stage } = found.mapping;
    const resourceStart = stage === null ? segmentEnd(rest, found.end) : found.end;
    const value = this.#byApi.get(apiId)?.stages.get(stage ?? rest.slice(found.end + 1, resourceStart));
    if (value === undefined) return null;
    // Under a wildcard the domain's own name is the one that was asked for.
    const domainName = domain.domainName.startsWith('*') ? host : domain.domainName;
    return { value, gate: domain.gate, path: rest, resourceStart, domainName, basePath };
  }
}

/** Reserved at the root of a custom domain too: a method of that path is not reached. */
const healthChecks: ReadonlySet<string> = new Set(['/ping', '/sping']);
const slash = 47;
const underscore = 95;

/** Where the segment ends that begins with the slash at `start`. */
function segmentEnd(path: string, start: number): number {
  const end = path.indexOf('/', start + 1);
  return end < 0 ? path.length : end;
}

function firstDot(host: string): number {
  const dot = host.indexOf('.');
  return dot < 0 ? host.length : dot;
}

/** Lower case, without the port and a trailing dot. */
function hostName(host: string): string {
  const colon = host.lastIndexOf(':');
  const name = (colon < 0 || host.endsWith(']') ? host : host.slice(0, colon)).toLowerCase();
  return name.endsWith('.') ? name.slice(0, -1) : name;
}

function withOneSlash(path: string): string {
  let i = 0;
  while (path.charCodeAt(i + 1) === slash) i++;
  return path.slice(i);
}
