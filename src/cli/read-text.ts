// Files that a person names on the command line.

import { readFile } from 'node:fs/promises';
import { CommandError } from './command-error.ts';

/** The text of a file, or of standard input when the name is `-`. @throws CommandError in one line */
export async function readText(file: string): Promise<string> {
  try {
    if (file !== '-') return await readFile(file, 'utf8');
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString('utf8');
  } catch (error) {
    throw new CommandError(
      `Cannot read "${file}": ${(error as NodeJS.ErrnoException).code ?? String(error)}`,
    );
  }
}

/** The file as messages name it. */
export const shownName = (file: string): string => (file === '-' ? '<stdin>' : file);
