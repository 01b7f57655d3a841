// Where connections come in. A listener has one door that is open, and those before it, which let nobody in any more but
// whose connections live on: so its certificate, and the way in which it speaks TLS, change without anybody being cut off.

import { rmSync } from 'node:fs';
import { shortSocketPath } from '../../base/socket-path.ts';
import { type FrontGuard, TlsFront } from '../tls/front.ts';
import type { SecureDomains } from '../tls/secure-domains.ts';
import type { TlsFiles } from '../tls/tls-files.ts';
import { portProblem } from './port.ts';
import { uws } from './uws.ts';
import type { UwsApp, UwsListenSocket } from './uws-types.ts';

export interface Door {
  readonly app: UwsApp;
  readonly port: number;
  /** null: connections come straight to `app`. */
  readonly front: TlsFront | null;
  /** Connections that came through it and are open. */
  openCount(): number;
  stopAccepting(): void;
  /** Cuts everything. */
  close(): void;
}

/** Gives an app its routes. @returns how many connections it has */
export type Furnish = (app: UwsApp, front: TlsFront | null) => () => number;

export interface Place {
  readonly host: string;
  readonly port: number;
  readonly isPortShared: boolean;
}

export interface FrontPlace {
  readonly domains: SecureDomains;
  /** How names of Unix sockets begin that are nobody else's; what lies there is replaced. */
  readonly socketPath: string;
}

/**
 * uWebSockets.js itself listens.
 * @throws (rejects) Error with one line when the port cannot be had
 */
export async function openDirectDoor(place: Place, tls: TlsFiles | null, furnish: Furnish): Promise<Door> {
  const { host, port, isPortShared } = place;
  const app = tls === null ? uws.App() : uws.SSLApp(tlsOptions(tls));
  const openCount = furnish(app, null);
  const socket = await listening((done) =>
    app.listen(host, port, isPortShared ? 0 : uws.LIBUS_LISTEN_EXCLUSIVE_PORT, done),
  );
  if (socket === false) {
    app.close();
    const problem = (await portProblem(host, port)) ?? 'the system refused it';
    throw new Error(`Cannot listen on ${host}:${port}: ${problem}`);
  }
  return {
    app,
    port: uws.us_socket_local_port(socket),
    front: null,
    openCount,
    stopAccepting: once(() => uws.us_listen_socket_close(socket)),
    close: once(() => app.close()),
  };
}

let frontCount = 0;

/** Node's TLS listens, and passes on to uWebSockets.js. @throws (rejects) Error with one line */
export async function openFrontDoor(
  place: Place,
  { domains, socketPath: prefix }: FrontPlace,
  guard: FrontGuard,
  furnish: Furnish,
): Promise<Door> {
  const { host, port } = place;
  const app = uws.App();
  // The front before may still have connections.
  const socketPath = `${prefix}-${++frontCount}.sock`;
  const short = shortSocketPath(socketPath);
  const front = new TlsFront({ ...place, socketPath: short.path, domains, guard });
  const behindCount = furnish(app, front);
  rmSync(socketPath, { force: true });
  const socket = await listening((done) => app.listen_unix(done, short.path));
  const close = once(() => {
    front.close();
    app.close();
    rmSync(socketPath, { force: true });
    short.release();
  });
  if (socket === false) {
    close();
    throw new Error(`Cannot listen on "${socketPath}"`);
  }
  try {
    const bound = await front.listen();
    return {
      app,
      port: bound,
      front,
      openCount: () => front.openCount + behindCount(),
      stopAccepting: once(() => front.stopAccepting()),
      close,
    };
  } catch (error) {
    close();
    const problem = (await portProblem(host, port)) ?? (error as Error).message;
    throw new Error(`Cannot listen on ${host}:${port}: ${problem}`, { cause: error });
  }
}

function tlsOptions(tls: TlsFiles) {
  const files = { key_file_name: tls.keyFile, cert_file_name: tls.certFile };
  return tls.passphrase === undefined ? files : { ...files, passphrase: tls.passphrase };
}

/** uWS calls back before it returns. */
function listening(
  listen: (done: (socket: UwsListenSocket | false) => void) => void,
): Promise<UwsListenSocket | false> {
  return new Promise((resolve) => listen(resolve));
}

function once(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) act();
    isDone = true;
  };
}
