// Host and first path segment -> the API's stage. Pure, and generic in what it finds.
//
// Host form: Host {apiId}.execute-api.{region}.{suffix}, path /{stage}/...
// Path form: any Host, path /_aws/execute-api/{apiId}/{stage}/... (Sluice's own, for use without DNS).

/** Which stage a request is for, and its path as the host form would have it. */
export interface StageMatch<T> {
  readonly value: T;
  /** `$context.path`: begins with `/{stage}`, leading slashes reduced to one. */
  readonly path: string;
  /** Index in `path` at which the resource path begins (its slash, or the end). */
  readonly resourceStart: number;
  /** `$context.domainName`. */
  readonly domainName: string;
}

interface Api<T> {
  readonly domainName: string;
  readonly stages: Map<string, T>;
}

const pathFormPrefix = '/_aws/execute-api/';

export class HostRouter<T> {
  readonly #region: string;
  readonly #suffix: string;
  readonly #byApi = new Map<string, Api<T>>();
  readonly #byHost = new Map<string, Api<T>>();

  /** @param suffix - what follows the region in host names, such as `localhost` or `amazonaws.com` */
  constructor(region: string, suffix: string) {
    this.#region = region;
    this.#suffix = suffix;
  }

  add(apiId: string, stageName: string, value: T): void {
    let api = this.#byApi.get(apiId);
    if (api === undefined) {
      const domainName = `${apiId}.execute-api.${this.#region}.${this.#suffix}`;
      api = { domainName, stages: new Map() };
      this.#byApi.set(apiId, api);
      this.#byHost.set(domainName, api);
    }
    api.stages.set(stageName, value);
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
    } else {
      const end = path.indexOf('/', pathFormPrefix.length);
      if (end < 0) return null;
      api = this.#byApi.get(path.slice(pathFormPrefix.length, end));
      rest = path.slice(end);
    }
    if (api === undefined) return null;
    if (rest.charCodeAt(1) === slash) rest = withOneSlash(rest);
    let end = rest.indexOf('/', 1);
    if (end < 0) end = rest.length;
    const value = api.stages.get(rest.slice(1, end));
    if (value === undefined) return null;
    return { value, path: rest, resourceStart: end, domainName: api.domainName };
  }
}

const slash = 47;
const underscore = 95;

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
