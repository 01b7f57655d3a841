// The file in which asynchronous invocations wait. What was committed is there after a kill -9 of the host; the last
// moments before a power cut may be lost (no fsync for each event: it would stop all invocations of the host for
// milliseconds).

import { mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';

/** What is kept in memory of an event that waits. */
export interface EventEntry {
  /** In the order of acceptance. */
  readonly id: number;
  readonly functionName: string;
  /** '' of the unqualified function. */
  readonly qualifier: string;
  /** Wall times. */
  readonly receivedMs: number;
  dueMs: number;
  /** How often it has run and failed. */
  attempts: number;
  readonly payloadBytes: number;
  /** How many destinations it is away from a caller's event. */
  readonly hops: number;
}

export interface NewEvent extends Omit<EventEntry, 'id' | 'attempts' | 'payloadBytes'> {
  readonly requestId: string;
  readonly payload: Uint8Array;
  readonly clientContext: string | null;
  readonly traceId: string | null;
}

export interface StoredEvent extends NewEvent {
  readonly attempts: number;
}

export interface EventChanges {
  readonly added: readonly NewEvent[];
  readonly removed: readonly number[];
  readonly delayed: ReadonlyArray<{ readonly id: number; readonly dueMs: number; readonly attempts: number }>;
}

// AUTOINCREMENT: an id never comes back, so that two hosts that follow each other mean the same by it.
const schema = `CREATE TABLE IF NOT EXISTS events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  function_name TEXT NOT NULL, qualifier TEXT NOT NULL, request_id TEXT NOT NULL,
  payload BLOB NOT NULL, client_context TEXT, trace_id TEXT,
  received_ms INTEGER NOT NULL, due_ms INTEGER NOT NULL, attempts INTEGER NOT NULL, hops INTEGER NOT NULL
) STRICT`;

const columns = {
  entry:
    'id, function_name AS functionName, qualifier, received_ms AS receivedMs, due_ms AS dueMs, attempts, length(payload) AS payloadBytes, hops',
  event:
    'function_name AS functionName, qualifier, request_id AS requestId, payload, client_context AS clientContext, trace_id AS traceId, received_ms AS receivedMs, due_ms AS dueMs, attempts, hops',
};

/**
 * Opens the file. One that is no database any more is put aside: functions go on without the events in it.
 *
 * @throws when it can be neither opened nor made
 */
export function openEventStore(file: string, nowMs: number, log: (line: string) => void): EventStore {
  try {
    return new EventStore(file);
  } catch (error) {
    if (!isDamaged(error)) throw error;
    const aside = `${file}.damaged-${nowMs}`;
    renameSync(file, aside);
    for (const end of ['-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
    log(`Cannot read the file of events, it is put aside as "${aside}": ${String(error)}`);
    return new EventStore(file);
  }
}

/** SQLITE_CORRUPT, SQLITE_NOTADB. */
const isDamaged = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && (error.errcode === 11 || error.errcode === 26);

export class EventStore {
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #remove: StatementSync;
  readonly #delay: StatementSync;
  readonly #read: StatementSync;

  /** @param file - made with its folder when absent; `:memory:` for none */
  constructor(file: string) {
    if (file !== ':memory:') mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    // A host that drains writes beside the one that follows it, for a moment at a time.
    const database = new DatabaseSync(file, { timeout: 250 });
    this.#database = database;
    try {
      database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; ${schema}`);
    } catch (error) {
      database.close();
      throw error;
    }
    this.#insert = database.prepare(
      'INSERT INTO events (function_name, qualifier, request_id, payload, client_context, trace_id, received_ms, due_ms, attempts, hops) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?)',
    );
    this.#remove = database.prepare('DELETE FROM events WHERE id = ?');
    this.#delay = database.prepare('UPDATE events SET due_ms = ?, attempts = ? WHERE id = ?');
    this.#read = database.prepare(`SELECT ${columns.event} FROM events WHERE id = ?`);
  }

  /** Everything that waits, oldest first. */
  entries(): EventEntry[] {
    const rows = this.#database.prepare(`SELECT ${columns.entry} FROM events ORDER BY id`).all();
    return rows as unknown as EventEntry[];
  }

  /** undefined: it is done with. */
  read(id: number): StoredEvent | undefined {
    return this.#read.get(id) as unknown as StoredEvent | undefined;
  }

  /** All of it or nothing. @returns the ids of the added ones @throws when the file cannot be written */
  commit({ added, removed, delayed }: EventChanges): number[] {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const ids = added.map((event) => this.#add(event));
      for (const id of removed) this.#remove.run(id);
      for (const { id, dueMs, attempts } of delayed) this.#delay.run(dueMs, attempts, id);
      this.#database.exec('COMMIT');
      return ids;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    this.#database.close();
  }

  #add(event: NewEvent): number {
    const { functionName, qualifier, requestId, payload, clientContext, traceId } = event;
    const { receivedMs, dueMs, hops } = event;
    const { lastInsertRowid } = this.#insert.run(
      functionName,
      qualifier,
      requestId,
      payload,
      clientContext,
      traceId,
      receivedMs,
      dueMs,
      hops,
    );
    return Number(lastInsertRowid);
  }
}
