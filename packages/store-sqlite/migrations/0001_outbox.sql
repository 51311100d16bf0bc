-- Times are milliseconds since the Unix epoch. Numbers of statuses, kinds and events are places in core's lists:
-- notificationStatuses, deliveryStatuses, kinds, priorities, strategies, guarantees, eventTypes.

CREATE TABLE projects (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE lanes (
  key INTEGER PRIMARY KEY,
  channel TEXT NOT NULL,
  account TEXT NOT NULL,
  UNIQUE (channel, account)
) STRICT;

-- What a caller asked for. Narrow: it is rewritten when its status changes; the content stands apart and expires earlier.
-- `key` and `salt` are the two halves of its id: its place in time, which also orders it, and the rest. The keys that
-- follow are those of its deliveries, so that neither needs an index to find the other.
CREATE TABLE notifications (
  key INTEGER PRIMARY KEY,
  salt INTEGER NOT NULL,
  project INTEGER NOT NULL,
  deliveries INTEGER NOT NULL CHECK (deliveries BETWEEN 1 AND 4095),
  status INTEGER NOT NULL CHECK (status BETWEEN 0 AND 8),
  kind INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 2),
  priority INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 3),
  strategy INTEGER NOT NULL CHECK (strategy BETWEEN 0 AND 1),
  guarantee INTEGER NOT NULL CHECK (guarantee BETWEEN 0 AND 1),
  step INTEGER NOT NULL DEFAULT 0,
  canceled INTEGER NOT NULL DEFAULT 0 CHECK (canceled BETWEEN 0 AND 1),
  created_at INTEGER NOT NULL,
  step_deadline INTEGER,
  due_at INTEGER,
  expires_at INTEGER,
  ordering_key TEXT,
  steps TEXT,    -- JSON; null for one step on the only delivery's channel with nothing said about it
  skipped TEXT,  -- JSON; null for none
  labels TEXT    -- JSON {metadata, tags}; null for none
) STRICT;
-- GET /notifications: one project's, newest first
CREATE INDEX notifications_of_project ON notifications (project, key);
-- GET /notifications?status=: what went wrong is rare and must be found fast; what went well is found by scanning back
CREATE INDEX notifications_amiss ON notifications (project, status, key) WHERE (status = 5 OR status = 6 OR status = 8);
-- tick: steps whose time is up
CREATE INDEX notifications_step_deadline ON notifications (step_deadline) WHERE step_deadline IS NOT NULL;

CREATE TABLE contents (
  notification INTEGER PRIMARY KEY,
  body TEXT NOT NULL  -- JSON, rendered content by channel
) STRICT;

-- Keyed hashes of addresses, tags and metadata, so that they are found without being readable here. A bucket holds the
-- terms of some hundred notifications in a row and has the key of the first: hashes are spread evenly, and without it every
-- new one would dirty a page of its own all over the table. A search looks into each bucket once.
CREATE TABLE search (
  bucket INTEGER NOT NULL,
  term INTEGER NOT NULL,
  notification INTEGER NOT NULL,
  PRIMARY KEY (bucket, term, notification)
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency (
  project INTEGER NOT NULL,
  key TEXT NOT NULL,
  fingerprint BLOB NOT NULL,
  answer TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (project, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_age ON idempotency (created_at);

-- The outbox: one row is the queue entry and the truth about one delivery. What is checked of every row that changes has
-- comparisons instead of lists: SQLite builds a table in memory for a list of more than two, each time.
--   0 waiting 1 scheduled 2 queued 3 blocked 4 sending 5 retrying 6 parked
--   7 sent 8 delivered 9 failed 10 dead 11 expired 12 canceled 13 undelivered 14 uncertain 15 skipped
CREATE TABLE deliveries (
  key INTEGER PRIMARY KEY,
  ordinal INTEGER NOT NULL CHECK (ordinal BETWEEN 1 AND 4095),
  notification INTEGER NOT NULL AS (key - ordinal + 1) VIRTUAL,
  step INTEGER NOT NULL,
  project INTEGER NOT NULL,
  lane INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  flow INTEGER NOT NULL,                               -- what shares the lane fairly: the project, or a part of it
  state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 15),
  solo INTEGER NOT NULL CHECK (solo BETWEEN 0 AND 1),  -- the only delivery of its notification: no plan to move on
  token INTEGER NOT NULL DEFAULT 0,                    -- counts claims: the fence, and the ordinal of an attempt
  attempts INTEGER NOT NULL DEFAULT 0,                 -- attempts spent
  rescues INTEGER NOT NULL DEFAULT 0,                  -- leases lost
  doubtful INTEGER NOT NULL DEFAULT 0 CHECK (doubtful BETWEEN 0 AND 1),  -- an attempt may have arrived
  requeued INTEGER NOT NULL DEFAULT 0 CHECK (requeued BETWEEN 0 AND 1),  -- by an operator, not by its plan
  address TEXT NOT NULL,
  ordering TEXT,                                       -- channel and ordering key
  due_at INTEGER,
  lease_until INTEGER,
  expires_at INTEGER,
  code TEXT,
  detail TEXT,
  vendor_id TEXT,
  parts INTEGER,
  sent_at INTEGER,
  finished_at INTEGER,
  CHECK ((state = 1 OR state = 5 OR state = 6) = (due_at IS NOT NULL)),
  CHECK ((state = 4) = (lease_until IS NOT NULL)),
  CHECK ((state >= 7) = (finished_at IS NOT NULL)),
  CHECK (state NOT IN (7, 8) OR sent_at IS NOT NULL),
  CHECK (attempts <= token)
) STRICT;
-- claim: one lane, critical ones and the others apart, flow by flow, most urgent first, oldest first
CREATE INDEX deliveries_ready ON deliveries (lane, priority > 0, flow, priority, key) WHERE state = 2;
-- tick: what falls due, what runs out of its lease, what expires
CREATE INDEX deliveries_due ON deliveries (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX deliveries_leased ON deliveries (lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX deliveries_expiring ON deliveries (expires_at) WHERE expires_at IS NOT NULL AND state < 7 AND state <> 4;
-- retry and redrive: what failed, is dead or uncertain
CREATE INDEX deliveries_amiss ON deliveries (project, key) WHERE (state = 9 OR state = 10 OR state = 14);
-- order: of one key one delivery is under way, and the others stand behind it, the oldest first
CREATE UNIQUE INDEX deliveries_in_turn ON deliveries (project, ordering) WHERE ordering IS NOT NULL AND state >= 2 AND state <= 6 AND state <> 3;
CREATE INDEX deliveries_blocked ON deliveries (project, ordering, key) WHERE ordering IS NOT NULL AND state = 3;

-- The feed, and the evidence: append-only. One writer, so its order is the order of commits. An event that tells how an
-- attempt ended has the attempt's token, start and outcome; when two have the same token the later one knows better.
CREATE TABLE events (
  sequence INTEGER PRIMARY KEY,
  notification INTEGER NOT NULL,
  ordinal INTEGER,          -- of the delivery; null when it is about the notification
  type INTEGER NOT NULL,
  at INTEGER NOT NULL,
  lane INTEGER,
  status INTEGER,           -- the notification's status since this event; null when unchanged
  token INTEGER,
  started_at INTEGER,
  outcome INTEGER CHECK (outcome BETWEEN 0 AND 4),
  tried_lane INTEGER,       -- of the attempt, when it is not the event's
  code TEXT,
  detail TEXT,
  next_at INTEGER,
  CHECK ((token IS NULL) = (outcome IS NULL) AND (token IS NULL) = (started_at IS NULL)),
  CHECK (token IS NULL OR (ordinal IS NOT NULL AND lane IS NOT NULL))
) STRICT;
CREATE INDEX events_of_notification ON events (notification);

-- The highest number that a table has ever given out, kept when its last rows are forgotten: no number comes twice.
CREATE TABLE marks (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What counts against the quotas of vendors: when it was claimed, under a keyed hash of what is counted together.
CREATE TABLE quota_uses (
  key INTEGER NOT NULL,
  at INTEGER NOT NULL,
  delivery INTEGER NOT NULL,
  PRIMARY KEY (key, at, delivery)
) STRICT, WITHOUT ROWID;
CREATE INDEX quota_uses_age ON quota_uses (at);

-- What sandbox accounts kept instead of sending.
CREATE TABLE inbox (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  project INTEGER NOT NULL,
  delivery TEXT NOT NULL,
  lane INTEGER NOT NULL,
  address TEXT NOT NULL,
  content TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX inbox_of_project ON inbox (project, sequence);
