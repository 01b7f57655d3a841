// The gateway's @connections and @topics, called with nothing but fetch: each request is signed with Signature Version 4.

import { createHash, createHmac } from 'node:crypto';

export interface Gateway {
  /** URL of the stage. */
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
}

export class Topics {
  readonly #gateway: Gateway;

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  /** To everybody in the topic. @param isRetained - newcomers get it at once */
  publish(topic: string, message: unknown, isRetained = false): Promise<void> {
    const query = isRetained ? 'retain=true' : '';
    return this.#call('POST', `/@topics/${encodeURIComponent(topic)}`, query, JSON.stringify(message));
  }

  /** To one connection. One that is gone is no error: it is told at the end of its connection. */
  post(connectionId: string, message: unknown): Promise<void> {
    return this.#call(
      'POST',
      `/@connections/${encodeURIComponent(connectionId)}`,
      '',
      JSON.stringify(message),
    );
  }

  async #call(method: string, path: string, query = '', body = ''): Promise<void> {
    const url = new URL(`${this.#gateway.endpoint}${path}${query === '' ? '' : `?${query}`}`);
    const headers = sign(method, url, body, this.#gateway);
    const response = await fetch(url, { method, headers, ...(body === '' ? {} : { body }) });
    const text = await response.text();
    if (!response.ok && response.status !== 410)
      throw new Error(`${method} ${path}: ${response.status} ${text}`);
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** @see AWS General Reference, "Signature Version 4 signing process" */
function sign(method: string, url: URL, body: string, gateway: Gateway): Record<string, string> {
  const { accessKeyId, secretAccessKey, region } = gateway;
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = `${time.slice(0, 8)}/${region}/execute-api/aws4_request`;
  // The path as it is sent, encoded once more.
  const path = url.pathname.split('/').map(encode).join('/');
  const fields = [`host:${url.host}`, `x-amz-date:${time}`, '', 'host;x-amz-date', sha256(body)];
  const canonical = [method, path, url.search.slice(1), ...fields].join('\n');
  const text = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n');
  const key = scope
    .split('/')
    .reduce<string | Buffer>((derived, part) => hmac(derived, part), `AWS4${secretAccessKey}`);
  const signature = hmac(key, text).toString('hex');
  return {
    'x-amz-date': time,
    authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=host;x-amz-date, Signature=${signature}`,
  };
}
