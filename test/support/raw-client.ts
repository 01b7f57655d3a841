// A client on a bare socket, for what well-behaved clients do not send or read.

import net from 'node:net';

/** Sends `text` and gives all that comes back until the connection is closed, as latin1. */
export function exchangeRaw(port: number, text: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      answer += chunk;
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

/** A request to the test API's stage `test`, whose answer ends the connection. @param fields - lines `Name: value` */
export function rawRequest(verb: string, target: string, fields: readonly string[] = [], body = ''): string {
  const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  const lines = ['Host: x', 'Connection: close', ...fields, ...length];
  return `${verb} /_aws/execute-api/testapi001/test${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`;
}
