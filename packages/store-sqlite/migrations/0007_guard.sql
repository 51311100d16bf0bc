-- Codes that were sent, and how many of them were verified, by the minute in which they were sent: minutes since 1970-01-01,
-- under a keyed hash of an account, or of the digits that numbers begin with.
CREATE TABLE conversions (
  key INTEGER NOT NULL,
  minute INTEGER NOT NULL,
  sent INTEGER NOT NULL DEFAULT 0 CHECK (sent >= 0),
  verified INTEGER NOT NULL DEFAULT 0 CHECK (verified >= 0 AND verified <= sent),
  told INTEGER NOT NULL DEFAULT 0 CHECK (told BETWEEN 0 AND 1),  -- an event told in this minute that it has dropped
  PRIMARY KEY (key, minute)
) STRICT, WITHOUT ROWID;
CREATE INDEX conversions_age ON conversions (minute);

-- Where a code was counted for the prefix that it went to; null when it was not.
ALTER TABLE deliveries ADD COLUMN prefix INTEGER;
