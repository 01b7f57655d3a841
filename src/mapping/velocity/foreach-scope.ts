// $foreach: where a loop stands. It is a map as well, for templates that keep things in it.

import { MAP } from '../methods/collections.ts';
import { type MethodTable, methodTable } from '../methods/table.ts';
import { JMap, type Value } from '../value/kinds.ts';

export class ForeachScope extends JMap {
  index = -1;
  hasNext = false;
  readonly parent: ForeachScope | null;
  /** What $foreach was before the loop, if that was not a loop. */
  readonly replaced: Value;

  constructor(previous: Value) {
    super([], [], null, true);
    this.parent = previous instanceof ForeachScope ? previous : null;
    this.replaced = this.parent === null ? previous : null;
  }

  override get className(): string {
    return 'org.apache.velocity.runtime.directive.ForeachScope';
  }
  override get ownMethods(): ReadonlyMap<string, never> {
    return METHODS as ReadonlyMap<string, never>;
  }
  override get(key: Value): Value {
    const own = super.get(key);
    return own === null && this.parent !== null && !this.has(key) ? this.parent.get(key) : own;
  }
  get topmost(): ForeachScope {
    return this.parent === null ? this : this.parent.topmost;
  }
}

const METHODS: MethodTable = methodTable<ForeachScope>(
  {
    'getIndex()': (self) => self.index,
    'getCount()': (self) => self.index + 1,
    'hasNext()': (self) => self.hasNext,
    'getHasNext()': (self) => self.hasNext,
    'isFirst()': (self) => self.index < 1,
    'getFirst()': (self) => self.index < 1,
    'isLast()': (self) => !self.hasNext,
    'getLast()': (self) => !self.hasNext,
    'getParent()': (self) => self.parent,
    'getTopmost()': (self) => self.topmost,
    'getReplaced()': (self): Value => (self.parent === null ? self.replaced : self.topmost.replaced),
  },
  MAP,
);

/** The properties of $foreach that loops read all the time, without a call. */
export function foreachProperty(name: string): ((scope: ForeachScope) => Value) | null {
  switch (name) {
    case 'index':
      return (scope) => scope.index;
    case 'count':
      return (scope) => scope.index + 1;
    case 'hasNext':
      return (scope) => scope.hasNext;
    case 'first':
      return (scope) => scope.index < 1;
    case 'last':
      return (scope) => !scope.hasNext;
    case 'parent':
      return (scope) => scope.parent;
    default:
      return null;
  }
}
