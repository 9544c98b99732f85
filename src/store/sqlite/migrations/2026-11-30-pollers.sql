-- Filtered views of feeds that receivers poll, and the cursors of their consumers (core/crypto/feed-cursor.ts).
CREATE TABLE poller (
  appSeq INTEGER NOT NULL REFERENCES app (seq),
  id TEXT NOT NULL,
  uid TEXT,
  isEnabled INTEGER NOT NULL,
  eventTypes TEXT,                  -- JSON array; NULL for every type
  channels TEXT,                    -- JSON array; NULL for every event
  metadata TEXT NOT NULL,           -- JSON object
  startCursor TEXT NOT NULL,
  createdAt INTEGER NOT NULL,
  updatedAt INTEGER NOT NULL,
  PRIMARY KEY (appSeq, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX pollerUid ON poller (appSeq, uid) WHERE uid IS NOT NULL;

CREATE TABLE pollerConsumer (
  appSeq INTEGER NOT NULL,
  pollerId TEXT NOT NULL,
  consumer TEXT NOT NULL,
  cursor TEXT NOT NULL,             -- where its last poll began
  nextCursor TEXT,                  -- the answer of its last poll
  since INTEGER,                    -- events accepted before are left out
  updatedAt INTEGER NOT NULL,
  PRIMARY KEY (appSeq, pollerId, consumer),
  FOREIGN KEY (appSeq, pollerId) REFERENCES poller (appSeq, id)
) STRICT, WITHOUT ROWID;
