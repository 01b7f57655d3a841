// A java.util.stream.Stream, as far as templates without lambdas can use one: "a b".lines().count().

import { javaEquals } from '../value/equality.ts';
import {
  IMMUTABLE_LIST,
  JavaObject,
  JIterator,
  JList,
  JLong,
  OBJECT_ARRAY,
  type Value,
} from '../value/kinds.ts';
import { fault, type MethodTable, methodTable } from './table.ts';

export class JStream extends JavaObject {
  private items: readonly Value[] | null;
  constructor(items: readonly Value[]) {
    super();
    this.items = items;
  }
  get className(): string {
    return 'java.util.stream.ReferencePipeline$Head';
  }
  toText(): string {
    return `${this.className}@0`;
  }
  /** A stream can be walked once. */
  take(): readonly Value[] {
    const { items } = this;
    if (items === null) throw fault('IllegalStateException: stream has already been operated upon or closed');
    this.items = null;
    return items;
  }
}

export const STREAM: MethodTable = methodTable<JStream>({
  'count()': (self) => new JLong(BigInt(self.take().length)),
  'toList()': (self) => new JList([...self.take()], IMMUTABLE_LIST),
  'toArray()': (self) => new JList([...self.take()], OBJECT_ARRAY),
  'iterator()': (self) => new JIterator(new JList([...self.take()], IMMUTABLE_LIST)),
  'limit(long)': (self, size: bigint) => new JStream(self.take().slice(0, Number(size))),
  'skip(long)': (self, size: bigint) => new JStream(self.take().slice(Number(size))),
  'distinct()': (self) => {
    const distinct: Value[] = [];
    for (const item of self.take())
      if (!distinct.some((other) => javaEquals(other, item))) distinct.push(item);
    return new JStream(distinct);
  },
});
