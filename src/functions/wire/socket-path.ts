// Where the function host of a data folder is reached.

import path from 'node:path';

/** The socket that calls go to. Whoever serves it now has renamed its own over it. */
export function functionsSocketPath(dataDir: string): string {
  return path.join(dataDir, 'run', 'functions.sock');
}
