-- What says whom a notification is for and what it says stands sealed from here on, and nowhere else: `contents` has it as
-- long as its text is kept, `remains` what is left of it then. `enclosed`, `kept`, `term` and `digest` are lent by the
-- program (sealing/plain-rows.ts), since only it has the keys.
CREATE TABLE sealed (
  notification INTEGER PRIMARY KEY,
  body BLOB NOT NULL
) STRICT;
CREATE TABLE remains (
  notification INTEGER PRIMARY KEY,
  body BLOB NOT NULL
) STRICT;
INSERT INTO sealed SELECT n.key, enclosed(n.key, c.body, n.labels, n.ordering_key,
    (SELECT json_group_array(address ORDER BY ordinal) FROM deliveries d WHERE d.key BETWEEN n.key AND n.key + n.deliveries - 1))
  FROM notifications n JOIN contents c ON c.notification = n.key;
INSERT INTO remains SELECT n.key, enclosed(n.key, NULL, n.labels, n.ordering_key,
    (SELECT json_group_array(address ORDER BY ordinal) FROM deliveries d WHERE d.key BETWEEN n.key AND n.key + n.deliveries - 1))
  FROM notifications n WHERE NOT EXISTS (SELECT 1 FROM contents c WHERE c.notification = n.key);
DROP TABLE contents;
ALTER TABLE sealed RENAME TO contents;
-- Whether it has metadata or tags: a list opens only what has something to show.
ALTER TABLE notifications ADD COLUMN labelled INTEGER NOT NULL DEFAULT 0 CHECK (labelled BETWEEN 0 AND 1);
UPDATE notifications SET labelled = 1 WHERE labels IS NOT NULL;
ALTER TABLE notifications DROP COLUMN labels;
ALTER TABLE notifications DROP COLUMN ordering_key;
ALTER TABLE deliveries DROP COLUMN address;
-- Deliveries in order are known by a keyed hash of channel and ordering key.
UPDATE deliveries SET ordering = term(project, 'ordering', ordering) WHERE ordering IS NOT NULL;

-- A message of the sandbox is found by the keyed hash of its address, like a notification.
ALTER TABLE inbox ADD COLUMN term INTEGER NOT NULL DEFAULT 0;
ALTER TABLE inbox ADD COLUMN body BLOB NOT NULL DEFAULT x'';
UPDATE inbox SET term = term(project, 'address', address), body = kept(delivery, address, content);
ALTER TABLE inbox DROP COLUMN address;
ALTER TABLE inbox DROP COLUMN content;

-- A caller's key may be a text with a meaning, and whoever has the hash of a request can try requests against it.
CREATE TABLE hashed_idempotency (
  project INTEGER NOT NULL,
  key TEXT NOT NULL,          -- digest of the caller's
  fingerprint TEXT NOT NULL,  -- digest of the request's
  answer TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (project, key)
) STRICT, WITHOUT ROWID;
INSERT INTO hashed_idempotency SELECT project, digest(project, 'idempotency', key),
    digest(project, 'fingerprint', lower(hex(fingerprint))), answer, created_at FROM idempotency;
DROP TABLE idempotency;
ALTER TABLE hashed_idempotency RENAME TO idempotency;
CREATE INDEX idempotency_age ON idempotency (created_at);

-- What was plain is still in free pages and in the log: swept when the store is opened.
INSERT INTO marks SELECT 'rewrite', 1 WHERE EXISTS (SELECT 1 FROM notifications);
