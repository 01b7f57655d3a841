// Requests as bytes, and one careful request to check an answer before anything is timed.

import { connect } from 'node:net';

/** One HTTP/1.1 request that is sent again and again. */
export interface WireRequest {
  readonly method: string;
  readonly path: string;
  /** Without host and content-length. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** Where it goes. */
export interface Address {
  readonly port: number;
  /** Host field; null = `127.0.0.1:port`. */
  readonly host: string | null;
}

/** The request as it goes over the wire. */
export function requestBytes(address: Address, request: WireRequest): string {
  const lines = [
    `${request.method} ${request.path} HTTP/1.1`,
    `Host: ${address.host ?? `127.0.0.1:${address.port}`}`,
  ];
  for (const [name, value] of Object.entries(request.headers)) lines.push(`${name}: ${value}`);
  if (request.body !== null) lines.push(`Content-Length: ${Buffer.byteLength(request.body)}`);
  return `${lines.join('\r\n')}\r\n\r\n${request.body ?? ''}`;
}

export interface WireAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends one request on a connection of its own. @throws (rejects) when there is no complete answer in 5 s */
export function ask(address: Address, request: WireRequest): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect(address.port, '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.setTimeout(5_000, () =>
      socket.destroy(new Error(`no answer to ${request.method} ${request.path}`)),
    );
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      const answer = parseAnswer(Buffer.concat(chunks));
      if (answer === null) return;
      socket.destroy();
      resolve(answer);
    });
    socket.on('end', () =>
      reject(new Error(`the connection ended before the answer to ${request.method} ${request.path}`)),
    );
    socket.write(requestBytes(address, request));
  });
}

/** @returns null while it is not complete */
export function parseAnswer(bytes: Buffer): WireAnswer | null {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return null;
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const status = Number(statusLine.slice(9, 12));
  const body = bytes.subarray(headEnd + 4);
  if (headers['transfer-encoding']?.includes('chunked')) {
    const text = unchunk(body);
    return text === null ? null : { status, headers, body: text };
  }
  const length = Number(headers['content-length'] ?? 0);
  return body.length < length ? null : { status, headers, body: body.toString('utf8', 0, length) };
}

function unchunk(bytes: Buffer): string | null {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return null;
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    const dataEnd = lineEnd + 2 + size + 2;
    if (bytes.length < dataEnd) return null;
    if (size === 0) return Buffer.concat(parts).toString('utf8');
    parts.push(bytes.subarray(lineEnd + 2, dataEnd - 2));
    at = dataEnd;
  }
}
