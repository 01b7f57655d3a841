// libinjection: SQL injection and cross-site scripting. It is a Rust crate (native/injection); where that is not built
// nothing stands in for it: statements that need it are refused.

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Texts have one character for each byte. @throws Error when a text could not be judged */
export interface Injection {
  isSqli(text: string): boolean;
  isXss(text: string): boolean;
}

/** 1 yes, 0 no, -1 not judged. */
interface Addon {
  sqli(text: string): number;
  xss(text: string): number;
}

// The same depth from src/firewall and from dist/firewall.
const packageAddonDirectory = fileURLToPath(new URL('../../native/', import.meta.url));

/** Loads the addon, or says why there is none. @returns `judged`: the library itself, also for what need not be asked */
export function loadInjection(
  directory = packageAddonDirectory,
): { readonly injection: Injection; readonly judged: Injection } | { readonly absent: string } {
  const files = ['gnu', 'musl'].map((libc) =>
    path.join(directory, `injection.${process.platform}-${process.arch}-${libc}.node`),
  );
  const built = files.filter((file) => existsSync(file));
  let absent = 'the crate native/injection is not built ("make native" builds it)';
  for (const file of built) {
    try {
      const addon = createRequire(import.meta.url)(file) as Addon;
      const judged = judging(addon);
      return { injection: sparing(judged), judged };
    } catch (error) {
      absent = `"${file}" cannot be loaded: ${(error as Error).message}`;
    }
  }
  return { absent };
}

const judging = (addon: Addon): Injection => ({
  isSqli: (text) => isYes(addon.sqli(text)),
  isXss: (text) => isYes(addon.xss(text)),
});

/**
 * One word is one token of either language, which does nothing; most values are one. Not asking about them saves 7 us
 * each.
 */
const word = /^\w*$/;

const sparing = ({ isSqli, isXss }: Injection): Injection => ({
  isSqli: (text) => !word.test(text) && isSqli(text),
  isXss: (text) => !word.test(text) && isXss(text),
});

function isYes(code: number): boolean {
  if (code < 0) throw new Error('libinjection could not judge a text');
  return code === 1;
}
