// What surrounds the command of an environment: a /tmp of its own and code that it cannot change, where the machine
// allows mounts without being asked for them, and always no core files and the first place in the kernel's list when
// memory runs out.

import { execFile } from 'node:child_process';
import { accessSync, constants, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';

/** How mounts of one's own can be had here. */
export interface Sandbox {
  /** Stands before the shell that mounts; null: no mounts. */
  readonly enter: readonly string[] | null;
  /** Stands behind the mounts, before the command: gives up what was needed for them. */
  readonly leave: readonly string[];
}

const noSandbox: Sandbox = { enter: null, leave: [] };

export interface Confinement {
  readonly tmpDir: string;
  readonly codeDir: string;
  /** What the command reads besides: must not be hidden by a /tmp of its own. */
  readonly paths: readonly string[];
}

// $1: the folder that becomes /tmp, $2: the code. A machine that refuses after all leaves TMPDIR as it is.
const mounts =
  '/bin/mount --bind "$1" /tmp && { TMPDIR=/tmp; export TMPDIR; }; /bin/mount -o bind,ro "$2" "$2"; cd "$2" || exit 126; shift 2; ';
const settings = 'ulimit -c 0; { echo 500 >/proc/self/oom_score_adj; } 2>/dev/null; exec "$@"';

/** The command line that runs `command` in its surroundings. It becomes the command: the process id stays. */
export function confine(
  sandbox: Sandbox,
  { tmpDir, codeDir, paths }: Confinement,
  command: readonly string[],
): string[] {
  const isHidden = [tmpDir, codeDir, ...paths].some((path) => path === '/tmp' || path.startsWith('/tmp/'));
  if (sandbox.enter === null || isHidden) return ['/bin/sh', '-c', settings, 'sh', ...command];
  const script = mounts + settings;
  return [...sandbox.enter, '/bin/sh', '-c', script, 'sh', tmpDir, codeDir, ...sandbox.leave, ...command];
}

/** Finds out what this machine allows, by trying. */
export async function probeSandbox(): Promise<Sandbox> {
  const unshare = ['/usr/bin/unshare', '/bin/unshare'].find(isExecutable);
  if (unshare === undefined) return noSandbox;
  const mount = ['--mount', '--propagation', 'private', '--'];
  const [uid, gid] = [process.getuid!(), process.getgid!()];
  const sandbox: Sandbox =
    uid === 0
      ? { enter: [unshare, ...mount], leave: [] }
      : {
          enter: [unshare, '--user', '--map-root-user', ...mount],
          // A function is no superuser, not even of its own name space: programs behave differently then.
          leave: [unshare, '--user', `--map-user=${uid}`, `--map-group=${gid}`, '--'],
        };
  const folder = realpathSync(tmpdir());
  const script = '/bin/mount --bind "$1" /tmp && /bin/mount -o bind,ro "$1" "$1" && shift && exec "$@"';
  const works = await runs([
    ...sandbox.enter!,
    '/bin/sh',
    '-c',
    script,
    'sh',
    folder,
    ...sandbox.leave,
    'true',
  ]);
  return works ? sandbox : noSandbox;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const runs = ([file, ...args]: string[]): Promise<boolean> =>
  new Promise((resolve) => {
    const env = { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin' };
    execFile(file!, args, { timeout: 5_000, env }, (error) => resolve(error === null));
  });
