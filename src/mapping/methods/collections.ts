// List, Set, Map, Map.Entry, Iterator and arrays.

import { listJson } from '../json/write.ts';
import { javaEquals } from '../value/equality.ts';
import {
  ARRAY_LIST,
  ENTRY_SET,
  IMMUTABLE_LIST,
  JEntry,
  JIterator,
  JList,
  JMap,
  KEY_SET,
  MAP_VALUES,
  OBJECT_ARRAY,
  type Value,
} from '../value/kinds.ts';
import { spend } from '../value/meter.ts';
import { JStream } from './stream.ts';
import { fault, type MethodTable, methodTable, notNull, VOID } from './table.ts';

function at(list: JList, index: number): number {
  if (index < 0 || index >= list.items.length) {
    throw fault(`IndexOutOfBoundsException: Index ${index} out of bounds for length ${list.items.length}`);
  }
  return index;
}

function changeable(list: JList, what: 'grow' | 'shrink' | 'set'): JList {
  const { writable } = list.flavor;
  const isAllowed =
    writable === 'all' ||
    (what === 'shrink' && writable === 'removals') ||
    (what === 'set' && writable === 'elements');
  if (!isAllowed) throw fault('UnsupportedOperationException');
  return list;
}

function indexOf(list: JList, value: Value): number {
  spend(list.items.length >> 2);
  return list.items.findIndex((item) => javaEquals(value, item));
}

function lastIndexOf(list: JList, value: Value): number {
  spend(list.items.length >> 2);
  return list.items.findLastIndex((item) => javaEquals(value, item));
}

function insert(list: JList, index: number, values: readonly Value[]): void {
  changeable(list, 'grow');
  if (index < 0 || index > list.items.length) throw fault(`IndexOutOfBoundsException: Index: ${index}`);
  spend(values.length);
  if (index === list.items.length) for (const value of values) list.items.push(value);
  else list.items.splice(index, 0, ...values);
  list.changes++;
}

function removeAt(list: JList, index: number): Value {
  changeable(list, 'shrink');
  const [gone] = list.items.splice(at(list, index), 1);
  changed(list, [gone!]);
  return gone!;
}

// A view of a map takes from the map what is taken from it.
function changed(list: JList, gone: readonly Value[]): void {
  const map = list.viewOf;
  if (map === null) list.changes++;
  else for (const item of gone) map.remove(item instanceof JEntry ? item.key : keyOf(map, list, item));
}

function keyOf(map: JMap, list: JList, item: Value): Value {
  return list.flavor === MAP_VALUES ? (map.keys[map.values.indexOf(item)] ?? null) : item;
}

function keepWhere(list: JList, keep: (item: Value) => boolean): boolean {
  changeable(list, 'shrink');
  spend(list.items.length);
  const gone = list.items.filter((item) => !keep(item));
  if (gone.length === 0) return false;
  list.items = list.items.filter(keep);
  changed(list, gone);
  return true;
}

const has = (list: JList, value: Value): boolean => indexOf(list, value) >= 0;

/** A list that is read only, as Collections.nCopies and List.of make it. */
const fixed = (items: readonly Value[]): JList => {
  if (items.includes(null)) throw fault('NullPointerException');
  return new JList([...items], IMMUTABLE_LIST);
};

const COLLECTION = methodTable<JList>({
  'size()': (self) => self.items.length,
  'isEmpty()': (self) => self.items.length === 0,
  'contains(Object)': has,
  'containsAll(Collection)': (self, others: JList) => notNull(others).items.every((item) => has(self, item)),
  'remove(Object)': (self, value: Value) => {
    changeable(self, 'shrink');
    const index = indexOf(self, value);
    if (index >= 0) removeAt(self, index);
    return index >= 0;
  },
  'removeAll(Collection)': (self, others: JList) => keepWhere(self, (item) => !has(notNull(others), item)),
  'retainAll(Collection)': (self, others: JList) => keepWhere(self, (item) => has(notNull(others), item)),
  'clear()': (self) => {
    changeable(self, 'shrink');
    const gone = self.items;
    self.items = [];
    changed(self, gone);
    return VOID;
  },
  'add(Object)': (self, value: Value) => {
    insert(self, self.items.length, [value]);
    return true;
  },
  'addAll(Collection)': (self, others: JList) => {
    const added = [...notNull(others).items];
    insert(self, self.items.length, added);
    return added.length > 0;
  },
  'iterator()': (self) => new JIterator(self),
  'toArray()': (self) => new JList([...self.items], OBJECT_ARRAY),
  'stream()': (self) => new JStream([...self.items]),
});

const LIST = methodTable<JList>(
  {
    'get(int)': (self, index: number) => self.items[at(self, index)]!,
    'set(int,Object)': (self, index: number, value: Value) => {
      changeable(self, 'set');
      const before = self.items[at(self, index)]!;
      self.items[index] = value;
      return before;
    },
    'add(int,Object)': (self, index: number, value: Value) => {
      insert(self, index, [value]);
      return VOID;
    },
    'addAll(int,Collection)': (self, index: number, others: JList) => {
      const added = [...notNull(others).items];
      insert(self, index, added);
      return added.length > 0;
    },
    'remove(int)': removeAt,
    'indexOf(Object)': indexOf,
    'lastIndexOf(Object)': lastIndexOf,
    'subList(int,int)': (self, from: number, to: number) => {
      if (from < 0 || to > self.items.length || from > to)
        throw fault(`IndexOutOfBoundsException: ${from} to ${to}`);
      spend(to - from);
      return new JList(self.items.slice(from, to), ARRAY_LIST);
    },
    'listIterator()': (self) => new JIterator(self),
    'ensureCapacity(int)': () => VOID,
    'trimToSize()': () => VOID,
    'clone()': (self) => new JList([...self.items], self.flavor),
    'of(Object)': (_, item: Value) => fixed([item]),
    'of(Object...)': (_, items: Value[]) => fixed(items),
    'copyOf(Collection)': (_, others: JList) => fixed(notNull(others).items),
  },
  COLLECTION,
);

const JSON_LIST = methodTable<JList>(
  {
    'toJSONString()': (self) => listJson(self, true),
    'toJSONString(Collection)': (_, list: JList) => listJson(list, true),
    'appendElement(Object)': (self, value: Value) => {
      insert(self, self.items.length, [value]);
      return self;
    },
    'merge(Object)': (self, value: Value) => {
      if (value instanceof JList) insert(self, self.items.length, [...value.items]);
      else if (value !== null) insert(self, self.items.length, [value]);
      return VOID;
    },
  },
  LIST,
);

// An array is asked through a wrapper that can read and set, but neither grow nor shrink.
const ARRAY = methodTable<JList>({
  'size()': (self) => self.items.length,
  'isEmpty()': (self) => self.items.length === 0,
  'get(int)': (self, index: number) => self.items[at(self, index)]!,
  'set(int,Object)': (self, index: number, value: Value) => {
    const before = self.items[at(self, index)]!;
    self.items[index] = value;
    return before;
  },
  'contains(Object)': has,
  'containsAll(Collection)': (self, others: JList) => notNull(others).items.every((item) => has(self, item)),
  'indexOf(Object)': indexOf,
  'lastIndexOf(Object)': lastIndexOf,
  'iterator()': (self) => new JIterator(self),
  'subList(int,int)': (self, from: number, to: number) => {
    if (from < 0 || to > self.items.length || from > to)
      throw fault(`IndexOutOfBoundsException: ${from} to ${to}`);
    return new JList(self.items.slice(from, to), ARRAY_LIST);
  },
  'toArray()': (self) => new JList([...self.items], OBJECT_ARRAY),
  'stream()': (self) => new JStream([...self.items]),
  'add(Object)': () => {
    throw fault('UnsupportedOperationException');
  },
  'clear()': (self) => {
    if (self.items.length > 0) throw fault('UnsupportedOperationException');
    return VOID;
  },
});

export function tableOfList(list: JList): MethodTable {
  if (list.flavor.prints === 'array') return ARRAY;
  if (list.viewOf !== null) return COLLECTION;
  return list.flavor.prints === 'json' ? JSON_LIST : LIST;
}

function putAll(map: JMap, other: JMap): void {
  const { keys, values } = notNull(other);
  const names = [...keys];
  const contents = [...values];
  spend(names.length);
  names.forEach((key, i) => {
    map.put(key, contents[i]!);
  });
}

/** The entries of a map, as a view. */
export function entriesOf(map: JMap): JList {
  spend(map.size);
  return new JList(
    map.keys.map((key) => new JEntry(map, key)),
    ENTRY_SET,
    map,
  );
}

export const MAP: MethodTable = methodTable<JMap>({
  'size()': (self) => self.size,
  'isEmpty()': (self) => self.size === 0,
  'get(Object)': (self, key: Value) => self.get(key),
  'getOrDefault(Object,Object)': (self, key: Value, otherwise: Value) =>
    self.has(key) ? self.get(key) : otherwise,
  'containsKey(Object)': (self, key: Value) => self.has(key),
  'containsValue(Object)': (self, value: Value) => self.values.some((other) => javaEquals(value, other)),
  'put(Object,Object)': (self, key: Value, value: Value) => self.put(key, value),
  'putIfAbsent(Object,Object)': (self, key: Value, value: Value) => {
    const before = self.get(key);
    if (before === null) self.put(key, value);
    return before;
  },
  'putAll(Map)': (self, other: JMap) => {
    putAll(self, other);
    return VOID;
  },
  'replace(Object,Object)': (self, key: Value, value: Value) => (self.has(key) ? self.put(key, value) : null),
  'replace(Object,Object,Object)': (self, key: Value, old: Value, value: Value) => {
    if (!self.has(key) || !javaEquals(self.get(key), old)) return false;
    self.put(key, value);
    return true;
  },
  'remove(Object)': (self, key: Value) => self.remove(key),
  'remove(Object,Object)': (self, key: Value, value: Value) => {
    if (!self.has(key) || !javaEquals(self.get(key), value)) return false;
    self.remove(key);
    return true;
  },
  'clear()': (self) => {
    self.clear();
    return VOID;
  },
  'clone()': (self) => new JMap([...self.keys], [...self.values]),
  'keySet()': (self) => {
    spend(self.size);
    return new JList(self.keys.slice(), KEY_SET, self);
  },
  'values()': (self) => {
    spend(self.size);
    return new JList(self.values.slice(), MAP_VALUES, self);
  },
  'entrySet()': entriesOf,
  'of(Object...)': (_, members: Value[]) => {
    const map = new JMap();
    for (let i = 0; i + 1 < members.length; i += 2) map.put(members[i]!, members[i + 1]!);
    return map;
  },
  'entry(Object,Object)': (_, key: Value, value: Value) => new JEntry(null, key, value),
  'copyOf(Map)': (_, other: JMap) => new JMap([...notNull(other).keys], [...other.values]),
});

export const ENTRY: MethodTable = methodTable<JEntry>({
  'getKey()': (self) => self.key,
  'getValue()': (self) => self.value,
  'setValue(Object)': (self, value: Value) => self.setValue(value),
});

export const ITERATOR: MethodTable = methodTable<JIterator>({
  'hasNext()': (self) => self.hasNext(),
  'next()': (self) => self.next(),
  'remove()': (self) => {
    self.remove();
    return VOID;
  },
});
