// The command line, wired: the only file that sees both planes.

import { fileURLToPath } from 'node:url';
import { runCli } from './cli/program.ts';

/** `.ts` in a checkout, `.js` where it is built. */
const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'));

process.exitCode = await runCli(process.argv.slice(2), {
  dataPlaneEntry: fileURLToPath(new URL(`./data-plane${extension}`, import.meta.url)),
  portProblem: async (host, port) => (await import('./gateway/listener/port.ts')).portProblem(host, port),
  inspectMachine: async () => {
    const { binaryNeed, glibcVersion } = await import('./gateway/listener/binary.ts');
    const glibc = glibcVersion();
    return {
      glibc,
      uws: await import('./gateway/listener/uws.ts').then(
        ({ uwsBuildInfo }) => ({ ok: true, text: `${uwsBuildInfo().kind} ${uwsBuildInfo().path}` }),
        (error: Error) => ({ ok: false, text: `${error.message} (${binaryNeed(process.platform, glibc)})` }),
      ),
      counters: { ok: true, text: '' },
    };
  },
});
