// Whether files are the same as when they were looked at last, without reading them.

import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';

/** A text that differs when a file, or a file of a folder, was written, replaced, added or taken away. */
export function fileMark(places: readonly (string | null)[]): string {
  return places.map((place) => (place === null ? '' : markOf(place, true))).join('\n');
}

function markOf(place: string, isFolderRead: boolean): string {
  try {
    const stat = statSync(place, { bigint: true });
    if (stat.isDirectory()) {
      if (!isFolderRead) return '';
      const names = readdirSync(place).sort();
      return names.map((name) => `${name} ${markOf(path.join(place, name), false)}`).join(';');
    }
    return `${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unreadable';
  }
}
