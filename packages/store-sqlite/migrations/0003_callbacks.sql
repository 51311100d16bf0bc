-- What is kept to understand what vendors report, and whom not to write to any more. Numbers of reasons are places in
-- core's suppressionReasons, those of kinds in kinds.

-- What a vendor called a message, for accounts whose receipts say nothing else. Written with the acceptance.
CREATE TABLE vendor_ids (
  lane INTEGER NOT NULL,
  vendor_id TEXT NOT NULL,
  delivery INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (lane, vendor_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX vendor_ids_age ON vendor_ids (at);

-- Receipts that overtook the acceptance of their message: of each part the first word.
CREATE TABLE early_receipts (
  sequence INTEGER PRIMARY KEY,
  lane INTEGER NOT NULL,
  vendor_id TEXT NOT NULL,
  part INTEGER NOT NULL,    -- 0 for the whole message
  news TEXT NOT NULL,       -- JSON, as it was heard
  at INTEGER NOT NULL,
  UNIQUE (lane, vendor_id, part)
) STRICT;
-- which of an account are the oldest, when there are too many
CREATE INDEX early_receipts_of_lane ON early_receipts (lane, sequence);
CREATE INDEX early_receipts_age ON early_receipts (at);

-- Parts that have arrived of messages whose vendor tells of each part alone.
CREATE TABLE arrived_parts (
  delivery INTEGER NOT NULL,
  part INTEGER NOT NULL CHECK (part >= 1),
  at INTEGER NOT NULL,
  PRIMARY KEY (delivery, part)
) STRICT, WITHOUT ROWID;
CREATE INDEX arrived_parts_age ON arrived_parts (at);

-- Addresses that get nothing, by a keyed hash of project, channel and address. The last word counts, by the time at which
-- it was said: what has ended keeps its row, so that an older word that comes again does not count.
CREATE TABLE suppressions (
  sequence INTEGER PRIMARY KEY,
  project INTEGER NOT NULL,
  term INTEGER NOT NULL,
  kind INTEGER NOT NULL CHECK (kind BETWEEN -1 AND 2),  -- -1 for everything
  channel TEXT NOT NULL,
  masked TEXT,
  reason INTEGER NOT NULL CHECK (reason BETWEEN 0 AND 4),
  detail TEXT,
  at INTEGER NOT NULL,
  until INTEGER,            -- null for good
  UNIQUE (term, kind)
) STRICT;
-- GET /suppressions: one project's, newest first
CREATE INDEX suppressions_of_project ON suppressions (project, sequence);
CREATE INDEX suppressions_ending ON suppressions (until) WHERE until IS NOT NULL;

-- Deliveries that failed softly, by the hash of their address.
CREATE TABLE strikes (
  term INTEGER NOT NULL,
  delivery INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (term, delivery)
) STRICT, WITHOUT ROWID;
CREATE INDEX strikes_age ON strikes (at);
