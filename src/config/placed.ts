// Values of a configuration file that know their place: what sections with names and lists of their own are read from.

import { type Document, isAlias, isMap, isScalar, isSeq, type Node } from 'yaml';

/** How the file's text is turned into places. */
export interface FilePlaces {
  readonly document: Document;
  /** `sluice.yaml:3:7` */
  nodeAt(node: Node): string;
}

/** One value. */
export class Placed {
  /** As problems name it: `pools.orders.targets[0]`. */
  readonly key: string;
  readonly where: string;
  readonly #places: FilePlaces;
  /** null = nothing stands there. */
  readonly #node: Node | null;

  /** @param keyNode - the place of a value that is not written at all */
  constructor(places: FilePlaces, key: string, node: Node | null, keyNode: Node) {
    this.key = key;
    this.where = places.nodeAt(node ?? keyNode);
    this.#places = places;
    this.#node = node !== null && isAlias(node) ? (node.resolve(places.document) ?? node) : node;
  }

  /** As JavaScript has it; null where nothing stands. */
  get raw(): unknown {
    return plainValue(this.#node, this.#places.document);
  }

  get isNull(): boolean {
    return this.#node === null || (isScalar(this.#node) && this.#node.value === null);
  }

  /** The members of a mapping in their order; null when it is none. */
  members(): readonly PlacedMember[] | null {
    if (!isMap(this.#node)) return null;
    return this.#node.items.map((pair) => {
      const keyNode = pair.key as Node;
      const name = isScalar(keyNode) ? String(keyNode.value) : '';
      const key = `${this.key}.${/^[\w$-]+$/.test(name) ? name : JSON.stringify(name)}`;
      const value = new Placed(this.#places, key, pair.value as Node | null, keyNode);
      return { name, where: this.#places.nodeAt(keyNode), value };
    });
  }

  /** The items of a list; null when it is none. */
  items(): readonly Placed[] | null {
    const node = this.#node;
    if (!isSeq(node)) return null;
    return node.items.map(
      (item, index) => new Placed(this.#places, `${this.key}[${index}]`, item as Node, node),
    );
  }
}

/**
 * A node as JavaScript has it. What cannot be had, such as a value whose aliases multiply without end, is no value that
 * any setting expects.
 */
export function plainValue(node: Node | null, document: Document): unknown {
  if (node === null) return null;
  if (isScalar(node)) return node.value;
  try {
    return node.toJS(document);
  } catch {
    return [];
  }
}

export interface PlacedMember {
  readonly name: string;
  /** Of the name. */
  readonly where: string;
  readonly value: Placed;
}
