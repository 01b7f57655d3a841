// A DNS server of a few lines, on loopback: answers A and SRV questions from a table.

import { createSocket } from 'node:dgram';
import type { TestContext } from 'node:test';

export interface Zone {
  /** Name -> IPv4 addresses. */
  a: Record<string, readonly string[]>;
  /** Name -> priority, weight, port, target. */
  srv: Record<string, readonly (readonly [number, number, number, string])[]>;
  ttlSeconds: number;
}

const typeA = 1;
const typeSrv = 33;

/** @returns `address:port` of the server, and the questions it was asked */
export async function serveDns(t: TestContext, zone: Zone): Promise<{ server: string; asked: string[] }> {
  const socket = createSocket('udp4');
  const asked: string[] = [];
  socket.on('message', (query, from) => {
    const { name, end } = readName(query, 12);
    const type = query.readUInt16BE(end);
    asked.push(`${type === typeA ? 'A' : type === typeSrv ? 'SRV' : type} ${name}`);
    const records =
      type === typeA
        ? (zone.a[name] ?? []).map((address) => Buffer.from(address.split('.').map(Number)))
        : type === typeSrv
          ? (zone.srv[name] ?? []).map(srvData)
          : [];
    const isKnown = name in zone.a || name in zone.srv;
    const head = Buffer.alloc(12);
    query.copy(head, 0, 0, 2);
    head.writeUInt16BE(0x8180 | (isKnown ? 0 : 3), 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(records.length, 6);
    const answers = records.map((data) => {
      const fixed = Buffer.alloc(12);
      fixed.writeUInt16BE(0xc00c, 0); // the name of the question
      fixed.writeUInt16BE(type, 2);
      fixed.writeUInt16BE(1, 4);
      fixed.writeUInt32BE(zone.ttlSeconds, 6);
      fixed.writeUInt16BE(data.length, 10);
      return Buffer.concat([fixed, data]);
    });
    socket.send(Buffer.concat([head, query.subarray(12, end + 4), ...answers]), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  t.after(() => socket.close());
  return { server: `127.0.0.1:${socket.address().port}`, asked };
}

function readName(message: Buffer, start: number): { name: string; end: number } {
  const labels: string[] = [];
  let at = start;
  for (let length = message[at]!; length > 0; length = message[at]!) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length).toLowerCase());
    at += 1 + length;
  }
  return { name: labels.join('.'), end: at + 1 };
}

function srvData([priority, weight, port, target]: readonly [number, number, number, string]): Buffer {
  const fixed = Buffer.alloc(6);
  fixed.writeUInt16BE(priority, 0);
  fixed.writeUInt16BE(weight, 2);
  fixed.writeUInt16BE(port, 4);
  const labels = target
    .split('.')
    .map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`));
  return Buffer.concat([fixed, ...labels, Buffer.from([0])]);
}
