// Which number a process has among the living of its data folder, and which numbers there are. The name of its socket is
// the claim: nobody keeps a register, and what is killed leaves no more than a name behind that nobody answers to.

import { randomBytes, randomInt } from 'node:crypto';
import { linkSync, lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { connect, type Server } from 'node:net';
import path from 'node:path';
import { shortSocketPath } from '../../base/socket-path.ts';

const peerNumbers = 65_536;
const socketName = /^peer-(\d{1,5})\.sock$/;

export const peerSocketPath = (dataDir: string, number: number): string =>
  path.join(dataDir, 'run', `peer-${number}.sock`);

/**
 * Binds a server and claims a number for it: one that no living process of the folder has, and that hardly any has had
 * lately, so that the connection ids of the dead lead nowhere.
 *
 * The socket listens before it gets its name, and names are given by link(2), which never replaces one: two processes
 * cannot have the same, and who can be seen can be reached.
 * @throws (rejects) Error with one line
 */
export async function claimNumber(server: Server, dataDir: string): Promise<number> {
  const folder = path.join(dataDir, 'run');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const unnamed = path.join(folder, `peer-new-${process.pid}-${randomBytes(6).toString('hex')}.sock`);
  const short = shortSocketPath(unnamed);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(short.path, () => {
        server.off('error', reject);
        resolve();
      });
    });
  } finally {
    short.release();
  }
  for (let tries = 0; tries < peerNumbers; tries++) {
    const number = randomInt(peerNumbers);
    try {
      linkSync(unnamed, peerSocketPath(dataDir, number));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
      throw error;
    }
    rmSync(unnamed, { force: true });
    return number;
  }
  throw new Error(`Cannot claim a process number in "${folder}": all are taken`);
}

/** The numbers of other processes, living and dead. */
export function numbersSeen(dataDir: string, own: number): number[] {
  return readdirSync(path.join(dataDir, 'run'))
    .map((name) => socketName.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .filter((number) => number !== own && number < peerNumbers);
}

/** Removes the name of a process that was killed; of one that lives, never. */
export function forgetDead(dataDir: string, number: number): void {
  const socketPath = peerSocketPath(dataDir, number);
  const before = inodeOf(socketPath);
  if (before === null) return;
  const short = shortSocketPath(socketPath);
  const socket = connect(short.path);
  socket.once('connect', () => socket.destroy());
  socket.once('error', (error: NodeJS.ErrnoException) => {
    // A number is drawn by lot, so that hardly anybody takes this one between the two looks and the removal.
    if (error.code === 'ECONNREFUSED' && inodeOf(socketPath) === before) rmSync(socketPath, { force: true });
  });
  socket.once('close', () => short.release());
}

function inodeOf(file: string): number | null {
  try {
    return lstatSync(file).ino;
  } catch {
    return null;
  }
}
