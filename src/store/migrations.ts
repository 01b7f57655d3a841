// The schema of the database, one step per version. Steps are only ever added.

export const migrations: readonly string[] = [
  `
  CREATE TABLE api (
    id TEXT PRIMARY KEY,
    created_date TEXT NOT NULL,
    definition TEXT NOT NULL
  ) STRICT;
  CREATE TABLE stage (
    api_id TEXT NOT NULL REFERENCES api (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    stage TEXT NOT NULL,
    PRIMARY KEY (api_id, name)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE deployment (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    api_id TEXT NOT NULL REFERENCES api (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    hash TEXT NOT NULL,
    deployment TEXT NOT NULL,
    UNIQUE (api_id, id)
  ) STRICT;
  CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
];
