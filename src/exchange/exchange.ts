// One request and its response, in flight. Every field is set in the constructor, null stands for absent, and
// nothing is added later: all exchanges share one hidden class.

import { emptyBlock, type HeaderBlock } from '../base/header-field.ts';
import { newExtendedRequestId, newRequestId } from '../base/ids.ts';
import { continueTrace } from '../base/trace.ts';
import type { Authorization } from './authorization.ts';
import type { Downstream, IncomingRequest } from './downstream.ts';
import type { FirewallRecord } from './firewall-record.ts';
import type { ExecutionLog } from './recorder.ts';
import type { Route } from './route.ts';

/** Names and decoded values of a query string, in order. */
export interface QueryParameters {
  readonly names: readonly string[];
  readonly values: readonly string[];
}

/** What a non-proxy integration sends; built by the integration-request phase. All lists are flat: name, value ... */
export interface IntegrationRequest {
  /** Values for the URI's `{name}` placeholders. */
  readonly path: readonly string[];
  /** Not yet encoded; a name may stand in it more than once. */
  readonly query: readonly string[];
  /** Lower-case names, each once. */
  readonly headers: readonly string[];
  readonly body: string | Uint8Array | null;
}

/** What came back from a non-proxy integration; read by the integration-response phase. */
export interface IntegrationAnswer {
  /** What selectionPattern is matched against: a status code, or a Lambda error message. */
  readonly selector: string;
  readonly status: number;
  /** Flat name, value list as received. */
  readonly headers: readonly string[];
  readonly body: Uint8Array | null;
}

/** Where a request is addressed to, as the router has read its host and path. */
export interface Address {
  /** `$context.path`: raw, with the stage (or, on a custom domain, the base path). */
  readonly path: string;
  /** Index in `path` at which the resource path begins (its slash, or the end). */
  readonly resourceStart: number;
  /** `$context.domainName`. */
  readonly domainName: string;
  /** `$context.customDomain.basePathMatched`: null on the default endpoint, '' for the mapping of all paths. */
  readonly basePath: string | null;
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

export class Exchange {
  readonly route: Route;
  /** As it came: what a signature covers. */
  readonly request: IncomingRequest;
  readonly downstream: Downstream;
  /** The request's verb (after X-HTTP-Method-Override). */
  readonly method: string;
  readonly address: Address;
  /** Raw, without `?`. */
  readonly queryString: string;
  /** Flat lower-case name, value list, as received; with what a web ACL has put in. */
  headers: readonly string[];
  /** Raw values of the path variables, in the order of `route.pathParameterNames`. */
  readonly pathValues: readonly string[];

  /** The client's own verb is HEAD: no body goes back, whatever verb was looked up or sent on. */
  readonly isHead: boolean;

  readonly requestId: string;
  /** The client asked for a request id that is no UUID; the access log tells (reference, section 6.3). */
  readonly requestIdWasRefused: boolean;
  readonly extendedRequestId: string;
  /** Wall time of arrival, milliseconds. */
  readonly startedMs: number;
  /** Monotonic time of arrival, nanoseconds. */
  readonly startedNs: number;
  /** As the route's recorder gives it; where an exchange is run for a WebSocket event, the event's. */
  log: ExecutionLog | null;

  /** What the stage's web ACL has said; null where it has none. */
  firewall: FirewallRecord | null;
  /** Who sends the request, as far as its method asks; null where nobody asked. */
  authorization: Authorization | null;
  /** Collected body; null when there is none or it is streamed. */
  requestBody: Uint8Array | null;
  integrationRequest: IntegrationRequest | null;
  integrationAnswer: IntegrationAnswer | null;
  /** `$context.requestOverride` / `.responseOverride` as the templates left them. */
  requestOverride: Record<string, unknown> | null;
  responseOverride: Record<string, unknown> | null;

  /** The answer: status, checked header fields, body. Filled by phases, sent by `settle`. */
  responseStatus: number;
  responseHeaders: HeaderBlock;
  responseBody: string | Uint8Array | null;
  /** Bytes of the body that were handed to the socket. */
  responseBytes: number;
  /** The X-Amzn-Trace-Id field goes into the answer (reference, section 6.3). */
  traceInResponse: boolean;

  /** `$context.error.*`; null while all is well. */
  errorMessage: string | null;
  errorType: string | null;
  validationError: string | null;

  /** Monotonic nanoseconds; 0 = the integration was not called (yet). */
  integrationStartedNs: number;
  integrationEndedNs: number;
  integrationStatus: number;
  /** What a function answered as its `statusCode`; 0 where only the service's own status is known. */
  functionStatus: number;
  /** `$context.integration.requestId`: what the function, or the AWS service, calls this call. */
  integrationRequestId: string | null;
  /** `$context.integrationErrorMessage`. */
  integrationError: string | null;
  /** The integration's answer is passed on as it comes (responseTransferMode STREAM). */
  isStreamed: boolean;
  /** Streamed: monotonic nanoseconds when all header fields were there, and the first bytes of the body; 0 = not yet. */
  integrationHeadNs: number;
  integrationContentNs: number;
  /** Monotonic nanoseconds at the end; 0 while in flight. */
  endedNs: number;
  /** The client went away before the answer was complete. */
  wasAborted: boolean;

  #query: QueryParameters | null;
  #bodyText: string | null;
  #traceId: string | null;
  #sourceIp: string | null;

  constructor(
    route: Route,
    request: IncomingRequest,
    method: string,
    address: Address,
    pathValues: readonly string[],
    startedMs: number,
    startedNs: number,
  ) {
    this.route = route;
    this.request = request;
    this.downstream = request.downstream;
    this.method = method;
    this.address = address;
    this.queryString = request.query;
    this.headers = request.headers;
    this.pathValues = pathValues;
    this.isHead = request.method === 'HEAD';
    // A client may choose the request id, if it is a UUID (reference, section 6.3).
    const givenId = this.header('x-amzn-requestid');
    this.requestIdWasRefused = givenId !== null && !uuid.test(givenId);
    this.requestId = givenId === null || this.requestIdWasRefused ? newRequestId() : givenId;
    this.extendedRequestId = newExtendedRequestId();
    this.startedMs = startedMs;
    this.startedNs = startedNs;
    this.firewall = null;
    this.authorization = null;
    this.requestBody = null;
    this.integrationRequest = null;
    this.integrationAnswer = null;
    this.requestOverride = null;
    this.responseOverride = null;
    this.responseStatus = 200;
    this.responseHeaders = emptyBlock;
    this.responseBody = null;
    this.responseBytes = 0;
    this.traceInResponse = false;
    this.errorMessage = null;
    this.errorType = null;
    this.validationError = null;
    this.integrationStartedNs = 0;
    this.integrationEndedNs = 0;
    this.integrationStatus = 0;
    this.functionStatus = 0;
    this.integrationRequestId = null;
    this.integrationError = null;
    this.isStreamed = false;
    this.integrationHeadNs = 0;
    this.integrationContentNs = 0;
    this.endedNs = 0;
    this.wasAborted = false;
    this.#query = null;
    this.#bodyText = null;
    this.#traceId = null;
    this.#sourceIp = null;
    this.log = route.recorder.executionLog(this);
  }

  /** The last field of that name, as AWS's single-value maps have it. @param name - lower case */
  header(name: string): string | null {
    const headers = this.headers;
    for (let i = headers.length - 2; i >= 0; i -= 2) if (headers[i] === name) return headers[i + 1]!;
    return null;
  }

  /** All fields of that name, in order. @param name - lower case */
  headerAll(name: string): string[] {
    const found: string[] = [];
    for (let i = 0; i < this.headers.length; i += 2)
      if (this.headers[i] === name) found.push(this.headers[i + 1]!);
    return found;
  }

  /** The query string, decoded once (`%XX` and `+`) on first use. */
  query(): QueryParameters {
    this.#query ??= parseQuery(this.queryString);
    return this.#query;
  }

  /** The last query parameter of that name. */
  queryParameter(name: string): string | null {
    const { names, values } = this.query();
    const i = names.lastIndexOf(name);
    return i < 0 ? null : values[i]!;
  }

  queryParameterAll(name: string): string[] {
    const { names, values } = this.query();
    return values.filter((_, i) => names[i] === name);
  }

  /** The concrete path below the stage or base path; `/` for the root. */
  resourcePath(): string {
    return this.address.path.slice(this.address.resourceStart) || '/';
  }

  /** A path variable's raw value. */
  pathParameter(name: string): string | null {
    const i = this.route.pathParameterNames.indexOf(name);
    return i < 0 ? null : (this.pathValues[i] ?? null);
  }

  /** The collected body as text; invalid UTF-8 becomes U+FFFD. Empty when there is none. */
  bodyText(): string {
    if (this.requestBody === null) return '';
    this.#bodyText ??= utf8.decode(this.requestBody);
    return this.#bodyText;
  }

  /** The X-Amzn-Trace-Id to pass on to the integration. */
  traceId(): string {
    this.#traceId ??= continueTrace(this.header('x-amzn-trace-id'), this.startedMs);
    return this.#traceId;
  }

  /** `$context.identity.sourceIp`: the TCP peer, never X-Forwarded-For. */
  sourceIp(): string {
    this.#sourceIp ??= this.downstream.remoteAddress();
    return this.#sourceIp;
  }
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const noParameters: QueryParameters = Object.freeze({ names: [], values: [] });

/**
 * Splits and decodes a query string: `&` separates, a name without `=` has an empty value, `+` is a space,
 * broken percent-encoding stays as it is.
 */
export function parseQuery(text: string): QueryParameters {
  if (text === '') return noParameters;
  const names: string[] = [];
  const values: string[] = [];
  let start = 0;
  while (start <= text.length) {
    let end = text.indexOf('&', start);
    if (end < 0) end = text.length;
    if (end > start) {
      const equals = text.indexOf('=', start);
      const split = equals < 0 || equals > end ? end : equals;
      names.push(decodeFormText(text.slice(start, split)));
      values.push(split === end ? '' : decodeFormText(text.slice(split + 1, end)));
    }
    start = end + 1;
  }
  return { names, values };
}

function decodeFormText(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  return spaced.includes('%') ? decodePercent(spaced) : spaced;
}

/** Decodes `%XX` as UTF-8. Broken encoding: each well-formed part is decoded, the rest stays. */
export function decodePercent(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text.replace(/(?:%[0-9a-fA-F]{2})+/g, (run) =>
      utf8.decode(Buffer.from(run.replaceAll('%', ''), 'hex')),
    );
  }
}
