// The command line, wired: the only file that sees both planes.

import { fileURLToPath } from 'node:url';
import { runCli } from './cli/program.ts';
import { endWithReader } from './cli/terminal.ts';
import { buildId } from './supervisor/build-id.ts';

/** `.ts` in a checkout, `.js` where it is built. */
const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'));

endWithReader();
process.exitCode = await runCli(process.argv.slice(2), {
  dataPlaneEntry: fileURLToPath(new URL(`./data-plane${extension}`, import.meta.url)),
  functionHostEntry: fileURLToPath(new URL(`./function-host${extension}`, import.meta.url)),
  buildId,
  portProblem: async (host, port) => (await import('./gateway/listener/port.ts')).portProblem(host, port),
  meters: async () => (await import('./gateway/throttle/meter-file.ts')).openMeters,
  inspectMachine: async () => {
    const { glibcVersion } = await import('./gateway/listener/binary.ts');
    const { loadAddon } = await import('./gateway/throttle/native.ts');
    const { loadInjection } = await import('./firewall/index.ts');
    const addon = loadAddon();
    const injection = loadInjection();
    return {
      glibc: glibcVersion(),
      uws: await import('./gateway/listener/uws.ts').then(
        ({ uwsBuildInfo }) => ({ ok: true, text: `${uwsBuildInfo().path} (${uwsBuildInfo().kind})` }),
        (error: Error) => ({ ok: false, text: error.message }),
      ),
      counters:
        'addon' in addon
          ? { ok: true, text: 'native: one set for all processes' }
          : { ok: false, text: `TypeScript twin: ${addon.absent}` },
      injection:
        'absent' in injection
          ? { ok: false, text: `no libinjection: ${injection.absent}` }
          : { ok: true, text: 'libinjection, for SQLi and XSS statements of web ACLs' },
    };
  },
});
