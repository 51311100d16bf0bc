-- What a delivery counts against limits and budgets: billed parts, as far as they are known beforehand. Negative once counted.
ALTER TABLE deliveries ADD COLUMN toll INTEGER NOT NULL DEFAULT 1 CHECK (toll <> 0);

-- What was counted against budgets, by calendar day of the budget's zone: days since 1970-01-01, under a keyed hash as in quota_uses.
CREATE TABLE quota_days (
  key INTEGER NOT NULL,
  day INTEGER NOT NULL,
  used INTEGER NOT NULL,
  PRIMARY KEY (key, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX quota_days_age ON quota_days (day);
