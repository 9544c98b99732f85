-- The whole schema of the PostgreSQL store.
-- Oldest program that can run beside this schema: 0.1.0.
--
-- Instants are milliseconds since the epoch. A row id of `event`, `delivery` and `attempt` begins with
-- the minute of its instant (row-ids.ts), so those tables are divided by days of their ids, a row is
-- found in its own day alone, and a day goes by dropping its tables. Ids chosen by publishers live in
-- the window tables: a unique index over all history could not be divided.

CREATE TABLE setting (
  name TEXT PRIMARY KEY,            -- facts of the store: key fingerprints, turns of the windows, horizon
  value TEXT NOT NULL
);

-- Row ids take the lower part from these; a node takes a thousand at a time.
CREATE SEQUENCE event_number INCREMENT 1000 MINVALUE 0 MAXVALUE 134216999 START 0 CYCLE;
CREATE SEQUENCE delivery_number INCREMENT 1000 MINVALUE 0 MAXVALUE 134216999 START 0 CYCLE;
CREATE SEQUENCE attempt_number INCREMENT 1000 MINVALUE 0 MAXVALUE 134216999 START 0 CYCLE;

-- Nodes ---------------------------------------------------------------------------------------

-- A node that runs lanes. Its shards are its own for as long as its lease holds by this server's clock.
CREATE TABLE node (
  owner TEXT PRIMARY KEY,
  lease_until BIGINT NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE shard (
  shard INTEGER PRIMARY KEY,
  owner TEXT,
  fence BIGINT NOT NULL             -- grows whenever the shard changes hands
) WITH (fillfactor = 50);
INSERT INTO shard (shard, fence) SELECT number, 0 FROM generate_series(0, 255) AS number;

-- Who makes message ids under which number, and how far they came.
CREATE TABLE snowflake_node (
  number INTEGER PRIMARY KEY,
  holder TEXT NOT NULL,
  held_until BIGINT NOT NULL,
  latest_ms BIGINT NOT NULL
);

-- Tenancy -------------------------------------------------------------------------------------

CREATE TABLE app (
  seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  uid TEXT,
  name TEXT NOT NULL,
  throttle_rate INTEGER,
  metadata TEXT NOT NULL,           -- JSON object of strings
  test BOOLEAN NOT NULL,
  endpoints_version BIGINT NOT NULL DEFAULT 0,  -- grows with every change of one of its endpoints
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  deleted_at BIGINT,
  blanked_to BIGINT NOT NULL DEFAULT 0,  -- deleted: its events up to here have no content left
  blanked_at BIGINT                 -- deleted: when nothing was left to blank
);
CREATE UNIQUE INDEX app_uid ON app (uid) WHERE uid IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX app_live ON app (seq) WHERE deleted_at IS NULL;
CREATE INDEX app_unblanked ON app (seq) WHERE deleted_at IS NOT NULL AND blanked_at IS NULL;

CREATE TABLE event_type (
  name TEXT COLLATE "C" PRIMARY KEY,
  description TEXT NOT NULL,
  archived BOOLEAN NOT NULL,
  deprecated BOOLEAN NOT NULL,
  group_name TEXT,
  feature_flags TEXT,               -- JSON array
  schemas TEXT,                     -- JSON object
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

CREATE TABLE api_key (
  id TEXT PRIMARY KEY,
  app_seq BIGINT NOT NULL REFERENCES app (seq),
  kind TEXT NOT NULL,
  scopes TEXT NOT NULL,             -- JSON array
  secret_hash BYTEA NOT NULL UNIQUE,
  key_id TEXT UNIQUE,
  created_at BIGINT NOT NULL,
  revoked_at BIGINT
);
CREATE INDEX api_key_app ON api_key (app_seq);

-- A line is met in events or registered with credentials; `line_id` is null until it is registered.
CREATE TABLE line (
  seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  app_seq BIGINT NOT NULL REFERENCES app (seq),
  number TEXT NOT NULL,
  device_id BIGINT NOT NULL UNIQUE,
  line_id TEXT UNIQUE,
  name TEXT,
  username TEXT,
  password_hash TEXT,
  payload_generation TEXT NOT NULL DEFAULT '2020',
  created_at BIGINT NOT NULL,
  registered_at BIGINT,
  UNIQUE (app_seq, number)
);
CREATE UNIQUE INDEX line_username ON line (lower(username));

CREATE TABLE line_session (
  session_hash BYTEA PRIMARY KEY,   -- SHA-256; the key itself is shown once
  line_seq BIGINT NOT NULL REFERENCES line (seq),
  created_at BIGINT NOT NULL
);
CREATE INDEX line_session_line ON line_session (line_seq, created_at);

-- Endpoints -----------------------------------------------------------------------------------

CREATE TABLE endpoint (
  seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  app_seq BIGINT NOT NULL REFERENCES app (seq),
  uid TEXT,
  dialect TEXT NOT NULL,
  status TEXT NOT NULL,             -- enabled, paused, disabled, deleted
  disabled_reason TEXT,
  url TEXT NOT NULL,
  method TEXT NOT NULL,
  description TEXT NOT NULL,
  metadata TEXT NOT NULL,           -- JSON object of strings
  event_types TEXT,                 -- JSON array, null is all
  channels TEXT,                    -- JSON array, null is all
  tags TEXT,                        -- JSON array, null is all
  lines TEXT,                       -- JSON array of numbers, null is all
  filter TEXT,                      -- JSON, reserved
  wants_history BOOLEAN NOT NULL,
  authentication TEXT NOT NULL,     -- JSON array of strategies
  sealed_headers BYTEA,
  header_names TEXT NOT NULL,       -- JSON array
  throttle_rate INTEGER,
  timeout_ms INTEGER,
  tls_min_version TEXT,             -- null is the server's setting
  sealed_tls BYTEA,               -- encrypted JSON {clientCert, clientKey, ca}; null is none
  retry_schedule TEXT,              -- JSON array of seconds
  skip_after_ms BIGINT NOT NULL DEFAULT 3600000,
  dialect_options TEXT,             -- JSON of its dialect
  shard INTEGER NOT NULL,
  version BIGINT NOT NULL,
  parked_ms BIGINT NOT NULL DEFAULT 0,   -- total time parked; deliveries remember what it was
  parked_at BIGINT,                 -- since when parked now
  folded_at BIGINT,                 -- deleted: when its pending deliveries were folded to cancelled
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX endpoint_app ON endpoint (app_seq, seq) WHERE status <> 'deleted';
CREATE UNIQUE INDEX endpoint_uid ON endpoint (app_seq, uid) WHERE uid IS NOT NULL AND status <> 'deleted';
CREATE INDEX endpoint_line ON endpoint (app_seq, lines) WHERE lines IS NOT NULL AND status <> 'deleted';
CREATE INDEX endpoint_held ON endpoint (app_seq) WHERE status <> 'enabled' AND folded_at IS NULL;
CREATE INDEX endpoint_unfolded ON endpoint (seq) WHERE status = 'deleted' AND folded_at IS NULL;

CREATE TABLE endpoint_secret (
  endpoint_seq BIGINT NOT NULL REFERENCES endpoint (seq),
  ordinal INTEGER NOT NULL,
  created_at BIGINT NOT NULL,
  sealed BYTEA NOT NULL,
  expires_at BIGINT,                -- null is the current one
  PRIMARY KEY (endpoint_seq, ordinal)
);

-- What a dialect keeps for an app besides its endpoints.
CREATE TABLE dialect_state (
  app_seq BIGINT NOT NULL REFERENCES app (seq),
  dialect TEXT NOT NULL,
  sealed BYTEA NOT NULL,
  PRIMARY KEY (app_seq, dialect)
);

-- Health, breaker and pause of an endpoint. No row means: healthy, nothing to remember.
CREATE TABLE endpoint_state (
  endpoint_seq BIGINT PRIMARY KEY REFERENCES endpoint (seq),
  health TEXT NOT NULL,             -- JSON of EndpointHealth
  breaker TEXT NOT NULL DEFAULT 'closed',
  breaker_changed_at BIGINT,
  probe_at BIGINT,
  probe_step INTEGER,
  probe_failed_at BIGINT,
  paused_until BIGINT               -- Retry-After
) WITH (fillfactor = 80);
CREATE INDEX endpoint_state_open ON endpoint_state (endpoint_seq) WHERE breaker = 'open';

-- A change that the owner of the endpoint's shard has not acknowledged: versions from `version` on.
CREATE TABLE endpoint_change (
  endpoint_id TEXT PRIMARY KEY,
  shard INTEGER NOT NULL,
  fence BIGINT NOT NULL,            -- of the owner that has to acknowledge
  version BIGINT NOT NULL,          -- the first one that is not acknowledged
  latest BIGINT NOT NULL            -- the last one
) WITH (autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX endpoint_change_shard ON endpoint_change (shard);

-- Level one of the queue: endpoints that have work with a due time. `next_due_at` is never later than
-- the earliest due time of an unleased delivery.
CREATE TABLE endpoint_queue (
  endpoint_seq BIGINT PRIMARY KEY,  -- no reference: endpoints stay, and each new row would lock one
  shard INTEGER NOT NULL,
  next_due_at BIGINT NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX endpoint_queue_due ON endpoint_queue (next_due_at);

-- Deliveries that one node accepted and another one owns, from the commit until their owner takes them:
-- to its lanes, or to level one when they have no room there. A row may be older than what became of
-- its delivery.
CREATE TABLE handover (
  shard INTEGER NOT NULL,
  delivery_seq BIGINT NOT NULL,
  event_seq BIGINT NOT NULL,
  endpoint_seq BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  bytes INTEGER NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX handover_shard ON handover (shard);

-- Events --------------------------------------------------------------------------------------

CREATE TABLE event (
  seq BIGINT NOT NULL,
  position BIGINT NOT NULL,         -- in the feed: the transaction's number, then the place in it
  id TEXT COLLATE "C" NOT NULL,
  app_seq BIGINT NOT NULL,
  event_id TEXT,
  type TEXT NOT NULL,
  content_type TEXT NOT NULL,
  channels TEXT,                    -- JSON array
  tags TEXT,                        -- JSON array
  ordering_key TEXT,
  deliver_at BIGINT,
  occurred_at BIGINT NOT NULL,
  accepted_at BIGINT NOT NULL,
  parent_seq BIGINT,                -- the event it was derived from
  expunge_at BIGINT,                -- content goes at this instant, before retention
  matching TEXT,                    -- what matching knew besides these columns; null is nothing
  parties TEXT,                   -- JSON: message, contact, line, conversation of the snapshot
  payload TEXT,                     -- as published; null once expunged
  PRIMARY KEY (seq)
) PARTITION BY RANGE (seq);
CREATE INDEX event_public_id ON event (id);
CREATE INDEX event_feed ON event (app_seq, position);
CREATE INDEX event_expunge ON event (expunge_at) WHERE expunge_at IS NOT NULL;

-- Level two of the queue and the history of deliveries in one: a finished delivery leaves the
-- partial indexes and stays where it is until its day is dropped.
CREATE TABLE delivery (
  seq BIGINT NOT NULL,
  event_seq BIGINT NOT NULL,
  endpoint_seq BIGINT NOT NULL,
  accepted_at BIGINT NOT NULL,
  base_at BIGINT NOT NULL,
  parked_ms BIGINT NOT NULL,        -- the endpoint's parked_ms when it was made
  due_at BIGINT,                    -- null: waits behind its ordering key
  fence BIGINT,                     -- leased when equal to its shard's fence
  finished_at BIGINT,
  skip_at BIGINT,                   -- when it stops waiting for its predecessor
  bytes INTEGER NOT NULL,           -- length of its event's payload
  slot INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  state SMALLINT NOT NULL,          -- 0 pending, 1 delivered, 2 failed, 3 cancelled (folded)
  part SMALLINT NOT NULL,
  manual BOOLEAN NOT NULL,          -- next attempt is a replay
  ordering_key TEXT,
  reason TEXT,                      -- why it failed
  PRIMARY KEY (seq)
) PARTITION BY RANGE (seq);
CREATE INDEX delivery_due ON delivery (endpoint_seq, due_at, seq) WHERE state = 0;
CREATE INDEX delivery_leased ON delivery (endpoint_seq, fence) WHERE state = 0 AND fence IS NOT NULL;
CREATE INDEX delivery_keyed ON delivery (endpoint_seq, ordering_key, seq)
  WHERE state = 0 AND ordering_key IS NOT NULL;
CREATE INDEX delivery_skip ON delivery (skip_at) WHERE state = 0 AND due_at IS NULL;
CREATE INDEX delivery_moved ON delivery (endpoint_seq, base_at) WHERE state = 0 AND due_at <> base_at;
CREATE INDEX delivery_failed ON delivery (endpoint_seq, seq) WHERE state = 2;
CREATE INDEX delivery_event ON delivery (event_seq, endpoint_seq);
CREATE INDEX delivery_endpoint ON delivery (endpoint_seq, seq);

CREATE TABLE attempt (
  seq BIGINT NOT NULL,
  delivery_seq BIGINT NOT NULL,
  event_seq BIGINT NOT NULL,
  endpoint_seq BIGINT NOT NULL,
  at BIGINT NOT NULL,
  id TEXT COLLATE "C" NOT NULL,
  duration_ms INTEGER NOT NULL,
  status_code INTEGER NOT NULL,
  succeeded BOOLEAN NOT NULL,
  manual BOOLEAN NOT NULL,
  url TEXT NOT NULL,
  response TEXT,
  reason TEXT,
  PRIMARY KEY (seq)
) PARTITION BY RANGE (seq);
CREATE INDEX attempt_event ON attempt (event_seq);
CREATE INDEX attempt_endpoint ON attempt (endpoint_seq, seq);

-- Registers -----------------------------------------------------------------------------------

CREATE TABLE message (
  event_seq BIGINT NOT NULL,        -- the event that made it, with which it lives and goes
  app_seq BIGINT NOT NULL,
  snowflake BIGINT NOT NULL,
  record TEXT,                      -- JSON of Message; null: still as its event has it
  PRIMARY KEY (event_seq)
) PARTITION BY RANGE (event_seq);
CREATE INDEX message_snowflake ON message (snowflake);

CREATE TABLE attachment (
  event_seq BIGINT NOT NULL,        -- of its message
  ordinal INTEGER NOT NULL,         -- 0 is the whole text of the message, its media are 1 and up
  app_seq BIGINT NOT NULL,
  key TEXT NOT NULL,                -- at least 128 random bits
  file_name TEXT NOT NULL,
  content_type TEXT NOT NULL,
  content BYTEA,
  url TEXT,                         -- media of the publisher's, fetched when asked for
  size_bytes BIGINT,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (event_seq, ordinal)
) PARTITION BY RANGE (event_seq);
CREATE INDEX attachment_key ON attachment (key);

CREATE TABLE contact (
  app_seq BIGINT NOT NULL,
  number TEXT NOT NULL,
  contact_id BIGINT NOT NULL UNIQUE,
  record TEXT NOT NULL,             -- JSON of Contact
  PRIMARY KEY (app_seq, number)
);

-- The line with the contact: fingerprint and opt-out.
CREATE TABLE conversation (
  app_seq BIGINT NOT NULL,
  line TEXT NOT NULL,
  contact TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  opted_out BOOLEAN NOT NULL,
  changed_at BIGINT NOT NULL,
  PRIMARY KEY (app_seq, line, contact)
);

-- Durable jobs: replays of one endpoint, done in slices.
CREATE TABLE job (
  seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  app_seq BIGINT NOT NULL REFERENCES app (seq),
  endpoint_seq BIGINT NOT NULL REFERENCES endpoint (seq),
  kind TEXT NOT NULL,
  state TEXT NOT NULL,              -- running, finished, failed, cancelled
  params TEXT NOT NULL,             -- JSON of ReplayParams
  low BIGINT NOT NULL,              -- rows looked at: from `low` to before `high`; `position` is next
  position BIGINT NOT NULL,
  high BIGINT NOT NULL,
  done BIGINT NOT NULL,             -- what was made due
  reason TEXT,                      -- why it failed, or what it waits for
  next_at BIGINT NOT NULL,          -- its next slice, by its rate
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX job_app ON job (app_seq, seq);
CREATE INDEX job_due ON job (next_at) WHERE state = 'running';
CREATE INDEX job_app_running ON job (app_seq) WHERE state = 'running';
CREATE INDEX job_over ON job (updated_at) WHERE state <> 'running';

-- Accounting ----------------------------------------------------------------------------------

-- Appended per commit and app, folded by the sweeper: never one hot counter row. `purged_…` counts
-- what retention removed, so the identity can be recounted row by row.
CREATE TABLE tally (
  seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  app_seq BIGINT NOT NULL,
  created BIGINT NOT NULL,
  delivered BIGINT NOT NULL,
  failed BIGINT NOT NULL,
  cancelled BIGINT NOT NULL,
  purged_delivered BIGINT NOT NULL,
  purged_failed BIGINT NOT NULL,
  purged_cancelled BIGINT NOT NULL,
  owed_bytes BIGINT NOT NULL      -- of deliveries that are pending
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

-- What was folded; an app's numbers are this row and its rows in `tally` together.
CREATE TABLE tally_total (
  app_seq BIGINT PRIMARY KEY,
  created BIGINT NOT NULL,
  delivered BIGINT NOT NULL,
  failed BIGINT NOT NULL,
  cancelled BIGINT NOT NULL,
  purged_delivered BIGINT NOT NULL,
  purged_failed BIGINT NOT NULL,
  purged_cancelled BIGINT NOT NULL,
  owed_bytes BIGINT NOT NULL
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);

-- Windows -------------------------------------------------------------------------------------

-- Ids chosen by publishers, apart from payloads. Three generations and one that is searched no longer,
-- which is truncated when it becomes the newest. `kind`: 1 event id, 2 message id, 3 explicit and 4 derived
-- opt-out of a message; `ref` is the event: the one with the id, the one that made the message.
CREATE TABLE window0 (app_seq BIGINT NOT NULL, kind SMALLINT NOT NULL, id TEXT COLLATE "C" NOT NULL, ref BIGINT NOT NULL, PRIMARY KEY (app_seq, kind, id));
CREATE TABLE window1 (LIKE window0 INCLUDING ALL);
CREATE TABLE window2 (LIKE window0 INCLUDING ALL);
CREATE TABLE window3 (LIKE window0 INCLUDING ALL);

-- Idempotency keys, 24 h, turned the same way: body hash and resource ids, never a body.
CREATE TABLE once0 (scope TEXT COLLATE "C" NOT NULL, key TEXT COLLATE "C" NOT NULL, body_hash TEXT NOT NULL, resources TEXT NOT NULL, expires_at BIGINT NOT NULL, PRIMARY KEY (scope, key));
CREATE TABLE once1 (LIKE once0 INCLUDING ALL);
CREATE TABLE once2 (LIKE once0 INCLUDING ALL);
