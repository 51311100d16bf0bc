-- Who may ask for what, and what was done. Times and numbers of words as in 0001; actions are places in core's auditActions.

-- Keys: of their text only the hash and the part by which it is looked up. None is ever removed: the audit log names them.
CREATE TABLE keys (
  sequence INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  handle TEXT NOT NULL UNIQUE,
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  project INTEGER NOT NULL,
  name TEXT NOT NULL,
  scopes INTEGER NOT NULL CHECK (scopes BETWEEN 1 AND 31),  -- a bit for each of core's scopes
  per_second REAL CHECK (per_second > 0),
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER,
  used_at INTEGER
) STRICT;
-- GET /keys: one project's, newest first
CREATE INDEX keys_of_project ON keys (project, sequence);

-- A revoked key stays revoked, and a key stays what it was made as.
CREATE TRIGGER keys_are_as_made BEFORE UPDATE OF id, handle, hash, project, scopes, per_second, expires_at ON keys BEGIN
  SELECT RAISE(ABORT, 'a key cannot be changed');
END;
CREATE TRIGGER keys_stay_revoked BEFORE UPDATE OF revoked_at ON keys WHEN old.revoked_at IS NOT NULL BEGIN
  SELECT RAISE(ABORT, 'a revoked key stays revoked');
END;

-- Administrative acts, each written in the commit of the act itself.
CREATE TABLE audit (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  project INTEGER NOT NULL,
  action INTEGER NOT NULL CHECK (action >= 0),
  actor TEXT NOT NULL,      -- the id of a key, admin, or cli
  subject TEXT,
  detail TEXT NOT NULL,     -- JSON
  request TEXT,
  at INTEGER NOT NULL
) STRICT;
-- GET /audit: one project's, newest first
CREATE INDEX audit_of_project ON audit (project, sequence);
CREATE INDEX audit_age ON audit (at);

-- The moment before which retention may forget lines of the log; set in the transaction that does.
CREATE TABLE audit_horizon (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  at INTEGER NOT NULL
) STRICT;
INSERT INTO audit_horizon (only, at) VALUES (1, 0);

CREATE TRIGGER audit_is_final BEFORE UPDATE ON audit BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
-- INSERT OR REPLACE takes a row away without asking the trigger of deletes.
CREATE TRIGGER audit_is_appended BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE sequence = new.sequence) BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit WHEN old.at > (SELECT at FROM audit_horizon) BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
