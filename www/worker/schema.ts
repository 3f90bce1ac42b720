/** Made with the account, so that a device without one leaves nothing behind. */
export const SCHEMA = `
  CREATE TABLE device (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    account TEXT NOT NULL,
    info TEXT NOT NULL DEFAULT '{}',
    challenged INTEGER NOT NULL DEFAULT 0,
    challenged_at INTEGER
  ) STRICT;
  CREATE TABLE session (
    slot TEXT PRIMARY KEY,
    id TEXT NOT NULL,
    url TEXT NOT NULL,
    account TEXT NOT NULL,
    over INTEGER NOT NULL,
    at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE command (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    command TEXT NOT NULL,
    type TEXT NOT NULL,
    size INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'queued',
    number INTEGER,
    session TEXT,
    at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE piece (owner TEXT NOT NULL, part TEXT NOT NULL, seq INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (owner, part, seq)) STRICT;
  CREATE TABLE log (seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, session TEXT NOT NULL, event TEXT NOT NULL) STRICT;
`;
