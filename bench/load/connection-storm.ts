// Opens WebSockets one after the other, as fast as a server takes them, in a process of its own. On libuv's handles, without
// the sockets and streams of node:net around them: those cost more than the connection itself, and the client would be what
// is measured. Its one argument is its plan as JSON; it prints its report as JSON. native/src/storm.rs does the same.

import { isUpgraded } from './websocket-handshake.ts';

export interface StormPlan {
  readonly port: number;
  /** What asks for the connection, as latin1 text. */
  readonly head: string;
  readonly seconds: number;
  /** Handshakes under way at once. */
  readonly opening: number;
  /** So many are open at a time; the oldest are reset. */
  readonly open: number;
}

export interface StormReport {
  readonly opened: number;
  /** Cut, or not answered with 101, or not at all when the time had been up for 2 s. */
  readonly failed: number;
  readonly seconds: number;
}

/** What this needs of Node's own handle of a TCP socket. */
interface Handle {
  onread: (chunk: ArrayBuffer | undefined) => void;
  connect(request: object, address: string, port: number): number;
  readStart(): void;
  writeLatin1String(request: object, text: string): number;
  reset(request?: object): number;
}

interface Bindings {
  readonly TCP: new (kind: number) => Handle;
  readonly TCPConnectWrap: new () => { oncomplete: (status: number) => void };
  readonly constants: { readonly SOCKET: number };
}

// `process.binding` still gives these. A release that takes them away ends this program with an exception.
const { binding } = process as unknown as { binding(name: string): unknown };
const { TCP, TCPConnectWrap, constants } = binding('tcp_wrap') as Bindings;
const { WriteWrap } = binding('stream_wrap') as { WriteWrap: new () => object };

const plan = JSON.parse(process.argv[2]!) as StormPlan;
const { head } = plan;
const drainMs = 2_000;
const open: Handle[] = [];
const began = performance.now();
const endsAt = began + plan.seconds * 1_000;
let [opened, failed, running] = [0, 0, 0];

function next(): void {
  const now = performance.now();
  if (now < endsAt) {
    begin();
    return;
  }
  if (--running === 0) finish();
}

function finish(): void {
  const report: StormReport = {
    opened,
    failed: failed + running,
    seconds: (performance.now() - began) / 1_000,
  };
  process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0));
}

// Bound to no address: the kernel finds a port for a connection sooner, and what is reset gives its port back at once.
function begin(): void {
  const handle = new TCP(constants.SOCKET);
  const request = new TCPConnectWrap();
  request.oncomplete = (status) => (status === 0 ? greet(handle) : lost(handle));
  if (handle.connect(request, '127.0.0.1', plan.port) !== 0) lost(handle);
}

function greet(handle: Handle): void {
  handle.onread = (chunk) => {
    if (chunk === undefined || !isUpgraded(new Uint8Array(chunk))) {
      lost(handle);
      return;
    }
    // What else comes is not looked at.
    handle.onread = () => {};
    opened++;
    open.push(handle);
    if (open.length > plan.open) open.shift()!.reset();
    next();
  };
  handle.readStart();
  handle.writeLatin1String(new WriteWrap(), head);
}

function lost(handle: Handle): void {
  handle.onread = () => {};
  handle.reset();
  failed++;
  // Not at once: a server that refuses all would be asked for ever in one turn.
  setImmediate(next);
}

setTimeout(finish, endsAt - began + drainMs);
for (; running < plan.opening; running++) begin();
