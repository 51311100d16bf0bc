-- One-time codes, each under the key of the notification that carries it: the newest has the highest. All names are keyed
-- hashes; what a code says, and for whom it is, stands nowhere here.
CREATE TABLE codes (
  key INTEGER PRIMARY KEY,
  salt INTEGER NOT NULL,       -- of the notification's id
  tries INTEGER NOT NULL DEFAULT 0,
  approved INTEGER NOT NULL DEFAULT 0 CHECK (approved BETWEEN 0 AND 1),
  void INTEGER NOT NULL DEFAULT 0 CHECK (void BETWEEN 0 AND 1),  -- a handle of it has a newer code
  opened_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  handles TEXT NOT NULL,       -- JSON, names
  addresses TEXT NOT NULL,     -- JSON, whose failures are counted together
  memo TEXT NOT NULL
) STRICT;
CREATE INDEX codes_age ON codes (expires_at);

-- By what a code is reached, and its digest as it is tried by this.
CREATE TABLE code_handles (
  name TEXT NOT NULL,
  code INTEGER NOT NULL,
  digest TEXT NOT NULL,
  PRIMARY KEY (name, code)
) STRICT, WITHOUT ROWID;

-- Wrong tries by the hour: hours since 1970-01-01.
CREATE TABLE code_failures (
  address TEXT NOT NULL,
  hour INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  PRIMARY KEY (address, hour)
) STRICT, WITHOUT ROWID;
CREATE INDEX code_failures_age ON code_failures (hour);

-- Tries on handles without a code, counted as if they had one.
CREATE TABLE blind_tries (
  handle TEXT PRIMARY KEY,
  tries INTEGER NOT NULL,
  until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX blind_tries_age ON blind_tries (until);
