// A configuration file, YAML or JSON (which YAML contains): the settings as a flat list of values that know their
// line, and the sections as they stand.

import { isAlias, isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import { Placed, plainValue } from './placed.ts';
import { isSetting, processSettings, type SettingGroup } from './process-settings.ts';
import { hint } from './section-reader.ts';
import { isSectionName, type SectionName, sectionNames } from './sections.ts';

export interface FileValue {
  /** `upstream.idleMs` */
  readonly key: string;
  readonly raw: unknown;
  /** `sluice.yaml:3:7` */
  readonly where: string;
}

export interface FileContent {
  readonly values: readonly FileValue[];
  readonly sections: ReadonlyMap<SectionName, Placed>;
  readonly problems: readonly string[];
}

/**
 * Reads the text of a configuration file; checks the keys, not the values.
 * @param name - the file as problems are to name it
 */
export function parseConfigFile(source: string, name: string): FileContent {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const values: FileValue[] = [];
  const sections = new Map<SectionName, Placed>();
  const problems: string[] = [];
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${name}:${line}:${col}`;
  };
  const nodeAt = (node: Node): string => at(node.range?.[0] ?? 0);

  const readGroup = (node: Node, group: SettingGroup, above: readonly string[]): void => {
    const known = above.length === 0 ? [...Object.keys(group), ...sectionNames] : Object.keys(group);
    if (!isMap(node)) {
      const what = above.length === 0 ? 'the file' : above.join('.');
      problems.push(`${nodeAt(node)}: ${what} must be a mapping of settings; known are ${known.join(', ')}`);
      return;
    }
    for (const pair of node.items) {
      const keyNode = pair.key as Node;
      const keyName = isScalar(keyNode) ? String(keyNode.value) : '';
      const key = [...above, keyName].join('.');
      const given = pair.value as Node | null;
      if (above.length === 0 && isSectionName(keyName)) {
        sections.set(keyName, new Placed({ document, nodeAt }, keyName, given, keyNode));
        continue;
      }
      const entry = Object.hasOwn(group, keyName) ? group[keyName] : undefined;
      if (entry === undefined) {
        problems.push(`${nodeAt(keyNode)}: "${key}" is not a setting; ${hint(keyName, known)}`);
        continue;
      }
      const value = given !== null && isAlias(given) ? (given.resolve(document) ?? given) : given;
      if (isSetting(entry)) {
        values.push({ key, raw: plainValue(value, document), where: nodeAt(given ?? keyNode) });
      } else if (value !== null && !(isScalar(value) && value.value === null)) {
        readGroup(value, entry, [...above, keyName]);
      }
    }
  };

  for (const error of document.errors) problems.push(`${at(error.pos[0])}: ${withoutExcerpt(error.message)}`);
  if (problems.length === 0 && document.contents !== null) {
    const empty = isScalar(document.contents) && document.contents.value === null;
    if (!empty) readGroup(document.contents as Node, processSettings, []);
  }
  return { values, sections, problems };
}

/** The parser repeats what it stumbled over, which may be a piece of a secret. */
const withoutExcerpt = (message: string): string =>
  message.replace(/(?<=\S): .*$/s, '').replaceAll('\n', ' ');
