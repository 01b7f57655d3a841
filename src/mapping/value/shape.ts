// Shapes: the keys of maps that were read from JSON, shared by all maps with the same keys in the same order. The
// bodies of an API look alike, so a reader that knows the last shape need not cut out a key, look for twins among
// keys, or keep a list of keys for each map. (Body of 20 items: 7.1 CPU-us before, 4.3 with them.)
//
//   root -"id"-> {id} -"price"-> {id,price} -"tag"-> {id,price,tag}

const KEYS_MAX = 64;
const KEY_CHARS_MAX = 64;
/** All shapes there may be; then they are forgotten and learnt anew, so that no client can fill the memory. */
const SHAPES_MAX = 1000;
const LINEAR_MAX = 8;
// Stands in a JSON text as it is, whoever wrote it.
const PLAIN = /^[^"\\\u0000-\u001f\u007f-\u009f\u2000-\u20ff]*$/;

export class Shape {
  private readonly parent: Shape | null;
  private readonly key: string;
  readonly size: number;
  /** Characters of `"key":`; 0 for a key that must be written with escapes. */
  readonly openingSize: number;
  private readonly opening: readonly number[];
  // What followed last time, and before that something else: guesses. (Two, as the keys that maps begin with take
  // turns in a body with maps in it.)
  private next: Shape | null = null;
  private other: Shape | null = null;
  private followers: Map<string, Shape> | null = null;
  private keyList: readonly string[] | null = null;
  private places: Map<string, number> | null = null;

  constructor(parent: Shape | null, key: string) {
    this.parent = parent;
    this.key = key;
    this.size = parent === null ? 0 : parent.size + 1;
    const opening = PLAIN.test(key) ? `"${key}":` : '';
    this.opening = Array.from({ length: opening.length }, (_, i) => opening.charCodeAt(i));
    this.openingSize = opening.length;
  }

  /** The keys in their order; never changed. */
  get keys(): readonly string[] {
    this.keyList ??= this.parent === null ? [] : [...this.parent.keys, this.key];
    return this.keyList;
  }

  /**
   * The shape with the key that stands at a place of a JSON text, if it is one of those that followed lately.
   *
   * @param codes - those of the text, with an end that no key holds
   */
  follower(codes: Uint16Array, at: number): Shape | null {
    const { next, other } = this;
    if (next?.stands(codes, at)) return next;
    if (!other?.stands(codes, at)) return null;
    this.next = other;
    this.other = next;
    return other;
  }

  private stands(codes: Uint16Array, at: number): boolean {
    const { opening, openingSize } = this;
    for (let i = 0; i < openingSize; i++) if (codes[at + i] !== opening[i]) return false;
    return openingSize > 0;
  }

  /** The place of a key; -1 when it is none of these. */
  placeOf(key: string): number {
    const { keys } = this;
    if (keys.length <= LINEAR_MAX) {
      for (let i = 0; i < keys.length; i++) if (keys[i] === key) return i;
      return -1;
    }
    this.places ??= new Map(keys.map((name, i) => [name, i]));
    return this.places.get(key) ?? -1;
  }

  /** The shape with one key more; null when the key is there already, or the shape would be too large to be shared. */
  with(key: string): Shape | null {
    const guess = this.next;
    if (guess !== null && guess.key === key) return guess;
    const follower = this.followers?.get(key) ?? this.learn(key);
    if (follower === null) return null;
    this.other = guess;
    this.next = follower;
    return follower;
  }

  private learn(given: string): Shape | null {
    if (this.size >= KEYS_MAX || given.length > KEY_CHARS_MAX || this.placeOf(given) >= 0) return null;
    if (++count > SHAPES_MAX) forget();
    const key = own(given);
    const follower = new Shape(this, key);
    this.followers ??= new Map();
    this.followers.set(key, follower);
    return follower;
  }
}

let root = new Shape(null, '');
let count = 0;

/** The shape of an empty map, where every reading begins. */
export function rootShape(): Shape {
  return root;
}

// Maps keep the shapes that they have.
function forget(): void {
  root = new Shape(null, '');
  count = 0;
}

// A copy that does not keep the text it was cut from, and that compares by address with names in templates.
function own(text: string): string {
  return Object.keys({ [text]: true })[0]!;
}
