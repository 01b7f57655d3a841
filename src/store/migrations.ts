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
  // Documents of one shape for everything: what lay in definitions becomes a row of its own. Keyed by their order of
  // creation, so that new ones come to lie side by side and a commit writes few pages; nobody looks them up here by name.
  `
  CREATE TABLE document (
    sequence INTEGER PRIMARY KEY,
    revision INTEGER NOT NULL,
    kind TEXT NOT NULL,
    parent TEXT NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE TEMP TABLE moved (kind TEXT, parent TEXT, id TEXT, body TEXT);
  INSERT INTO moved
    SELECT 'restApi', '', id, definition -> '$.restApi' FROM api ORDER BY created_date, id;
  INSERT INTO moved SELECT 'resource', api.id, one.value ->> '$.id', one.value
    FROM api, json_each(definition, '$.resources') AS one ORDER BY api.id, one.key;
  INSERT INTO moved SELECT 'model', api.id, one.value ->> '$.name', one.value
    FROM api, json_each(definition, '$.models') AS one ORDER BY api.id, one.key;
  INSERT INTO moved SELECT 'requestValidator', api.id, one.value ->> '$.id', one.value
    FROM api, json_each(definition, '$.requestValidators') AS one ORDER BY api.id, one.key;
  INSERT INTO moved SELECT 'authorizer', api.id, one.value ->> '$.id', one.value
    FROM api, json_each(definition, '$.authorizers') AS one ORDER BY api.id, one.key;
  INSERT INTO moved SELECT 'gatewayResponse', api.id, one.value ->> '$.responseType', one.value
    FROM api, json_each(definition, '$.gatewayResponses') AS one ORDER BY api.id, one.key;
  INSERT INTO moved SELECT 'documentationPart', api.id, one.value ->> '$.id', one.value
    FROM api, json_each(definition, '$.documentationParts') AS one ORDER BY api.id, one.key;
  INSERT INTO moved SELECT 'deployment', api_id, id, json_set(deployment, '$.hash', hash)
    FROM deployment ORDER BY sequence;
  INSERT INTO moved SELECT 'stage', api_id, name, stage FROM stage;
  INSERT INTO moved SELECT 'setting', '', name, json_object('value', value) FROM setting;
  INSERT INTO document SELECT rowid, 1, kind, parent, id, body FROM moved;
  DROP TABLE moved;
  DROP TABLE stage;
  DROP TABLE deployment;
  DROP TABLE api;
  DROP TABLE setting;
  `,
];
