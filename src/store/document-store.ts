// The store over any driver: documents in memory, one transaction after another, commits and syncs in groups.

import type { DocumentKinds, Kind } from './documents.ts';
import type { Change, Driver, StoredDocument } from './driver.ts';
import type { Store, Transaction, View } from './store.ts';
import { ConcurrentModificationError } from './store-error.ts';

/** A document in memory; its text is parsed when somebody first asks. */
class Entry {
  readonly sequence: number;
  readonly revision: number;
  readonly body: string;
  #value: unknown;

  constructor(sequence: number, revision: number, body: string) {
    this.sequence = sequence;
    this.revision = revision;
    this.body = body;
  }

  get value(): unknown {
    this.#value ??= JSON.parse(this.body);
    return this.#value;
  }
}

type Documents = Map<string, Entry>;

/** A group is closed after so many turns, however many still come. */
const turnsMax = 16;

interface Pending {
  run(transaction: Undoable): void;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Opens the store that `driver` keeps. All documents live in memory, so a read costs a look-up and a transaction
 * runs without waiting; the driver only sees commits. Transactions that arrive in the same turn of the event loop
 * share one commit, and commits that are made while the disk is busy share its next sync, because either costs the
 * same for one as for a hundred; each transaction is undone alone when its own work throws.
 */
export async function openDocumentStore(driver: Driver): Promise<Store> {
  return new DocumentStore(driver, await driver.load());
}

class DocumentStore implements Store {
  readonly view: View;
  readonly #driver: Driver;
  readonly #memory: Memory;
  #pending: Pending[] = [];
  #flushing: Promise<void> | null = null;
  /** Committed, and to be acknowledged when the disk has it. */
  #committed: Pending[] = [];
  /** Whether something was applied that no sync has begun to cover. */
  #isUnsynced = false;
  #syncing: Promise<void> | null = null;

  constructor(driver: Driver, stored: readonly StoredDocument[]) {
    this.#driver = driver;
    this.#memory = new Memory(stored);
    this.view = this.#memory;
  }

  write<T>(work: (transaction: Transaction) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let result: T;
      this.#pending.push({
        run: (transaction) => {
          result = work(transaction);
        },
        resolve: () => resolve(result),
        reject,
      });
      this.#flushing ??= this.#flushAll();
    });
  }

  async backup(file: string): Promise<void> {
    await this.#driver.backup(file);
  }

  async close(): Promise<void> {
    while (this.#flushing !== null || this.#syncing !== null)
      await Promise.all([this.#flushing, this.#syncing]);
    this.#driver.close();
  }

  async #flushAll(): Promise<void> {
    while (this.#pending.length > 0) {
      await this.#gathered();
      const group = this.#pending;
      this.#pending = [];
      await this.#flush(group);
    }
    this.#flushing = null;
  }

  /**
   * Resolves when the group is as large as it gets: after a turn of the event loop in which nobody came. Requests that
   * were sent together are read in several turns, and a turn (some 50 us) costs far less than a commit. Always at least
   * one turn, so that who writes in a loop does not keep sockets and files waiting.
   */
  async #gathered(): Promise<void> {
    for (let turn = 0; turn < turnsMax; turn++) {
      const before = this.#pending.length;
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#pending.length === before) return;
    }
  }

  async #flush(group: readonly Pending[]): Promise<void> {
    const done: Pending[] = [];
    const transaction = new Undoable(this.#memory);
    for (const pending of group) {
      const mark = transaction.mark();
      try {
        pending.run(transaction);
        done.push(pending);
      } catch (error) {
        transaction.undoTo(mark);
        pending.reject(error);
      }
    }
    try {
      const changes = transaction.changes();
      if (changes.length > 0) {
        // From now on others read it. They may: it is in the database, where the end of this process does not change it.
        await this.#driver.apply(changes);
        this.#isUnsynced = true;
      }
    } catch (error) {
      transaction.undoTo(0);
      const reason = error instanceof ConcurrentModificationError ? await this.#reload(error) : error;
      for (const pending of done) pending.reject(reason);
      return;
    }
    // Who changed nothing waits too where something is still on its way to the disk: it may be what they were told.
    this.#committed.push(...done);
    if (this.#isUnsynced) this.#syncing ??= this.#syncAll();
    else if (this.#syncing === null) this.#acknowledge();
  }

  async #syncAll(): Promise<void> {
    while (this.#isUnsynced) {
      this.#isUnsynced = false;
      const covered = this.#committed;
      this.#committed = [];
      try {
        await this.#driver.sync();
        for (const pending of covered) pending.resolve();
      } catch (error) {
        for (const pending of covered) pending.reject(error);
      }
    }
    this.#syncing = null;
    this.#acknowledge();
  }

  /** Of those whose changes, if any, are on disk. */
  #acknowledge(): void {
    const acknowledged = this.#committed;
    this.#committed = [];
    for (const pending of acknowledged) pending.resolve();
  }

  /** Takes over what somebody else has written. @returns what those who wanted to write are told */
  async #reload(conflict: ConcurrentModificationError): Promise<unknown> {
    try {
      this.#memory.fill(await this.#driver.load());
      return conflict;
    } catch (error) {
      return error;
    }
  }
}

/** All documents: kind -> parent -> id. */
class Memory implements View {
  readonly #kinds = new Map<string, Map<string, Documents>>();
  #sequence = 0;

  constructor(stored: readonly StoredDocument[]) {
    this.fill(stored);
  }

  /** Forgets everything and takes over what is stored. */
  fill(stored: readonly StoredDocument[]): void {
    this.#kinds.clear();
    for (const { kind, parent, id, sequence, revision, body } of stored) {
      this.documents(kind, parent).set(id, new Entry(sequence, revision, body));
      this.#sequence = sequence;
    }
  }

  get<K extends Kind>(kind: K, parent: string, id: string): DocumentKinds[K] | undefined {
    return this.entry(kind, parent, id)?.value as DocumentKinds[K] | undefined;
  }

  list<K extends Kind>(kind: K, parent: string): readonly DocumentKinds[K][] {
    const documents = this.#kinds.get(kind)?.get(parent);
    return documents === undefined
      ? []
      : Array.from(documents.values(), (entry) => entry.value as DocumentKinds[K]);
  }

  revision(kind: Kind, parent: string, id: string): number {
    return this.entry(kind, parent, id)?.revision ?? 0;
  }

  entry(kind: string, parent: string, id: string): Entry | undefined {
    return this.#kinds.get(kind)?.get(parent)?.get(id);
  }

  documents(kind: string, parent: string): Documents {
    return mapIn(mapIn(this.#kinds, kind), parent);
  }

  nextSequence(): number {
    this.#sequence += 1;
    return this.#sequence;
  }
}

/** The map that lies there, from now on an empty one where there was none. */
function mapIn<T>(maps: Map<string, Map<string, T>>, key: string): Map<string, T> {
  const known = maps.get(key);
  if (known !== undefined) return known;
  const made = new Map<string, T>();
  maps.set(key, made);
  return made;
}

/** Puts an entry back where its sequence says. */
function restore(documents: Documents, id: string, entry: Entry): void {
  const wasThere = documents.has(id);
  documents.set(id, entry);
  if (wasThere) return;
  const sorted = [...documents].sort(([, a], [, b]) => a.sequence - b.sequence);
  documents.clear();
  for (const [key, value] of sorted) documents.set(key, value);
}

interface Step {
  readonly kind: Kind;
  readonly parent: string;
  readonly id: string;
  /** Those of this kind and parent. */
  readonly documents: Documents;
  readonly before: Entry | undefined;
}

/** A transaction that works on the memory itself and knows the way back. */
class Undoable implements Transaction {
  readonly #memory: Memory;
  readonly #steps: Step[] = [];
  #mark = 0;

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  get changedKinds(): ReadonlySet<Kind> {
    return new Set(this.#steps.slice(this.#mark).map(({ kind }) => kind));
  }

  get<K extends Kind>(kind: K, parent: string, id: string): DocumentKinds[K] | undefined {
    return this.#memory.get(kind, parent, id);
  }

  list<K extends Kind>(kind: K, parent: string): readonly DocumentKinds[K][] {
    return this.#memory.list(kind, parent);
  }

  revision(kind: Kind, parent: string, id: string): number {
    return this.#memory.revision(kind, parent, id);
  }

  put<K extends Kind>(kind: K, parent: string, id: string, document: DocumentKinds[K]): void {
    const documents = this.#memory.documents(kind, parent);
    const before = documents.get(id);
    const body = JSON.stringify(document);
    if (before?.body === body) return;
    this.#steps.push({ kind, parent, id, documents, before });
    const sequence = before?.sequence ?? this.#memory.nextSequence();
    // Read back from its text, so that nobody's later change of the object is seen, now or after a restart.
    documents.set(id, new Entry(sequence, (before?.revision ?? 0) + 1, body));
  }

  remove(kind: Kind, parent: string, id: string): void {
    const documents = this.#memory.documents(kind, parent);
    const before = documents.get(id);
    if (before === undefined) return;
    this.#steps.push({ kind, parent, id, documents, before });
    documents.delete(id);
  }

  removeAll(kind: Kind, parent: string): void {
    for (const id of [...this.#memory.documents(kind, parent).keys()]) this.remove(kind, parent, id);
  }

  /** Where the next work begins. */
  mark(): number {
    this.#mark = this.#steps.length;
    return this.#mark;
  }

  undoTo(mark: number): void {
    while (this.#steps.length > mark) {
      const { id, documents, before } = this.#steps.pop()!;
      if (before === undefined) documents.delete(id);
      else restore(documents, id, before);
    }
  }

  /** What the database must do: at most two changes for each document, however often it changed. */
  changes(): Change[] {
    const first = new Map<string, Step>();
    for (const step of this.#steps) {
      const key = `${step.kind}\n${step.parent}\n${step.id}`;
      if (!first.has(key)) first.set(key, step);
    }
    return [...first.values()].flatMap(({ kind, parent, id, documents, before }) => {
      const after = documents.get(id);
      if (after === before) return [];
      const name = { kind, parent, id };
      // Removed and made anew: two documents to the database, which knows them by their sequence.
      const removed = before !== undefined && before.sequence !== after?.sequence ? before : undefined;
      const kept = removed === undefined ? before : undefined;
      return [
        ...(removed === undefined
          ? []
          : [
              {
                ...name,
                sequence: removed.sequence,
                revisionBefore: removed.revision,
                revision: removed.revision + 1,
                body: null,
              },
            ]),
        ...(after === undefined
          ? []
          : [
              {
                ...name,
                sequence: after.sequence,
                revisionBefore: kept?.revision ?? 0,
                revision: after.revision,
                body: after.body,
              },
            ]),
      ];
    });
  }
}
