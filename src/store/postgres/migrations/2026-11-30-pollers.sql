-- Filtered views of feeds that receivers poll, and the cursors of their consumers (core/crypto/feed-cursor.ts).
-- An older program serves no calls for them, and would leave them behind with a deleted application.
--
-- Oldest program that can run beside this schema: 2026-11-30-pollers
CREATE TABLE poller (
  app_seq BIGINT NOT NULL REFERENCES app (seq),
  id TEXT COLLATE "C" NOT NULL,
  uid TEXT,
  is_enabled BOOLEAN NOT NULL,
  event_types TEXT,                 -- JSON array; NULL for every type
  channels TEXT,                    -- JSON array; NULL for every event
  metadata TEXT NOT NULL,           -- JSON object
  start_cursor TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (app_seq, id)
);
CREATE UNIQUE INDEX poller_uid ON poller (app_seq, uid) WHERE uid IS NOT NULL;

CREATE TABLE poller_consumer (
  app_seq BIGINT NOT NULL,
  poller_id TEXT COLLATE "C" NOT NULL,
  consumer TEXT COLLATE "C" NOT NULL,
  cursor TEXT NOT NULL,             -- where its last poll began
  next_cursor TEXT,                 -- the answer of its last poll
  since BIGINT,                     -- events accepted before are left out
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (app_seq, poller_id, consumer),
  FOREIGN KEY (app_seq, poller_id) REFERENCES poller (app_seq, id)
);
