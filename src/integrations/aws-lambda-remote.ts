// Functions that live elsewhere: at AWS, or at a server that answers the Invoke operation like it. Those of this machine
// go first; the setting "services" says where the others are.

import { fieldIn } from '../base/flat-list.ts';
import { newRequestId } from '../base/ids.ts';
import { type Credentials, encode } from '../base/sigv4/index.ts';
import type { UsableRole } from '../exchange/backends.ts';
import { textOf } from '../exchange/content.ts';
import type { Tools } from '../exchange/tools.ts';
import type { UpstreamCall, UpstreamFailure, UpstreamHandler } from '../exchange/upstream.ts';
import type {
  Functions,
  Invocation,
  InvocationCall,
  InvocationHandler,
  InvocationResult,
} from '../functions/functions.ts';
import { memberOfText } from '../mapping/index.ts';
import { type ServiceAddress, ServiceLocator } from './aws-endpoint.ts';
import { Signer } from './aws-signer.ts';

type RemoteTools = Pick<Tools, 'backends' | 'upstream' | 'clock'>;

export interface RemoteOptions {
  /** Of functions whose names do not say it. */
  readonly region: string;
  /** The function of that bare name is published on this machine. */
  readonly isLocal: (name: string) => boolean;
}

/** A function runs at most so long; who calls gives up earlier. */
const timeoutMs = 900_000;
/** As the service limits answers: 6 MB, and the room that its own errors need. */
const answerBytesMax = 6 * 1024 * 1024 + 65_536;

/**
 * Functions of this machine, and beyond them those of the service `lambda` where an endpoint of it is configured.
 *
 * A remote call is signed with the keys of the role that the integration has as its credentials. What has none would be
 * allowed by a function's resource policy, which only AWS's own API Gateway can ask for: it is refused.
 */
export function withRemoteFunctions(local: Functions, tools: RemoteTools, options: RemoteOptions): Functions {
  const regions = new Map<string, Region>();
  const regionOf = (name: string): Region => {
    const known = regions.get(name);
    if (known !== undefined) return known;
    if (regions.size >= 64) regions.clear();
    const region = new Region(name, tools);
    regions.set(name, region);
    return region;
  };
  return {
    invoke: (invocation, handler) => {
      if (tools.backends.service('lambda') === null) return local.invoke(invocation, handler);
      const { name, region } = placeOf(invocation.functionName);
      if (name === null || options.isLocal(name)) return local.invoke(invocation, handler);
      return new RemoteCall(handler).start(regionOf(region ?? options.region), invocation, tools);
    },
  };
}

const named =
  /^(?:arn:[a-z-]+:lambda:([a-z0-9-]+):\d{12}:function:|\d{12}:(?:function:)?|function:)?([A-Za-z0-9_-]+)(?::[$A-Za-z0-9_-]+)?$/;

/** The bare name of a function, null where it is none; and its region, null where it does not say. */
function placeOf(functionName: string): { readonly name: string | null; readonly region: string | null } {
  const found = named.exec(functionName);
  return { name: found?.[2] ?? null, region: found?.[1] ?? null };
}

/** The service in one region. */
class Region {
  readonly locator: ServiceLocator;
  readonly signer: Signer;

  constructor(region: string, tools: RemoteTools) {
    const uri = {
      partition: 'aws',
      region,
      subdomain: null,
      service: 'lambda',
      kind: 'path',
      rest: '',
    } as const;
    this.locator = new ServiceLocator(uri, region, tools);
    this.signer = new Signer({ service: 'lambda', region, isS3: false, clock: tools.clock });
  }
}

function keysOf(role: UsableRole | null): Credentials | null {
  if (role === null) return null;
  const { accessKeyId, secretAccessKey, sessionToken } = role;
  return { accessKeyId, secretAccessKey, ...(sessionToken === null ? {} : { sessionToken }) };
}

class RemoteCall implements InvocationCall, UpstreamHandler {
  readonly #handler: InvocationHandler;
  #call: UpstreamCall | null = null;
  #isOver = false;
  #status = 0;
  #headers: readonly string[] = [];
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(handler: InvocationHandler) {
    this.#handler = handler;
  }

  start(region: Region, invocation: Invocation, { backends }: RemoteTools): this {
    const { by } = invocation;
    if (invocation.isStreamed) return this.#refuse(400, 'InvalidRequestContentException', notStreamed);
    const keys = by.kind === 'identity' ? (by.keys ?? keysOf(backends.role(by.arn))) : null;
    if (keys === null) return this.#refuse(403, 'AccessDeniedException', withoutKeys);
    const address = region.locator.locate(null);
    if (typeof address === 'string') return this.#later({ outcome: 'lost', detail: noEndpoint });
    const request = requestOf(invocation, address);
    const headers = region.signer.sign(request, keys, address.signingName);
    const { method, path, query, body } = request;
    const target = query === '' ? path : `${path}?${query}`;
    this.#call = address.target.send(
      { method, path: target, headers, body, timeoutMs, timeoutCovers: 'answer' },
      this,
    );
    return this;
  }

  abort(): void {
    this.#isOver = true;
    this.#call?.abort();
  }

  /** Nothing is streamed. */
  resume(): void {}

  onHead(status: number, headers: readonly string[]): void {
    this.#status = status;
    this.#headers = headers;
  }

  onData(chunk: Uint8Array): boolean {
    this.#bytes += chunk.byteLength;
    if (this.#bytes <= answerBytesMax) {
      this.#chunks.push(Buffer.from(chunk));
      return true;
    }
    this.#call?.abort();
    this.#end({ outcome: 'lost', detail: `the service lambda answered more than ${answerBytesMax} bytes` });
    return false;
  }

  onEnd(): void {
    this.#end(resultOf(this.#status, this.#headers, Buffer.concat(this.#chunks)));
  }

  onError(failure: UpstreamFailure): void {
    this.#end({ outcome: 'lost', detail: `the service lambda: ${failure.detail}` });
  }

  #refuse(status: number, type: string, message: string): this {
    const requestId = newRequestId();
    return this.#later({ outcome: 'refused', requestId, status, type, message, reason: null });
  }

  /** Never from inside `invoke`. */
  #later(result: InvocationResult): this {
    setImmediate(() => this.#end(result));
    return this;
  }

  #end(result: InvocationResult): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#handler.onEnd(result);
  }
}

const notStreamed =
  'Functions of the service "lambda" are invoked for whole answers: a response cannot be streamed from there';
const withoutKeys =
  'A function of the service "lambda" is invoked with the keys of a role: set "credentials" of the integration to its ARN, and name the role in the setting "roles"';
const noEndpoint = 'the endpoint of service "lambda" in the setting "services" is no URL';

function requestOf(invocation: Invocation, { host, pathPrefix }: ServiceAddress) {
  const { functionName, qualifier, type, clientContext, traceId, wantsLogTail, payload } = invocation;
  const headers = ['accept', 'application/json', 'content-type', 'application/json', 'host', host];
  if (type !== 'RequestResponse') headers.push('x-amz-invocation-type', type);
  if (clientContext !== null) headers.push('x-amz-client-context', clientContext);
  if (wantsLogTail) headers.push('x-amz-log-type', 'Tail');
  if (traceId !== null) headers.push('x-amzn-trace-id', traceId);
  return {
    method: 'POST',
    path: `${pathPrefix}/2015-03-31/functions/${encode(functionName)}/invocations`,
    query: qualifier === null ? '' : `Qualifier=${encode(qualifier)}`,
    headers,
    body: payload,
  };
}

function resultOf(status: number, headers: readonly string[], payload: Buffer): InvocationResult {
  const field = (name: string): string | null => fieldIn(headers, name);
  const requestId = field('x-amzn-requestid') ?? newRequestId();
  if (status < 300) {
    const error = field('x-amz-function-error');
    const tail = field('x-amz-log-result');
    return {
      outcome: 'done',
      requestId,
      executedVersion: field('x-amz-executed-version') ?? '$LATEST',
      functionError: error === null ? null : error === 'Handled' ? 'Handled' : 'Unhandled',
      payload,
      logTail: tail,
    };
  }
  const text = textOf(payload);
  const member = (name: string): string | null => {
    const value = memberOfText(text, name);
    return typeof value === 'string' ? value : null;
  };
  return {
    outcome: 'refused',
    requestId,
    status,
    type: (field('x-amzn-errortype') ?? member('__type') ?? 'Unknown').replace(/^.*#|:.*$/g, ''),
    message: member('Message') ?? member('message') ?? `the service lambda answered ${status}`,
    reason: member('Reason'),
  };
}
