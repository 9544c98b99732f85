-- The whole schema.
-- Oldest program that can run beside this schema: 0.1.0.
--
-- Instants are milliseconds since the epoch. The only writer assigns rowids (`seq`) in commit order. Rows of publishers' own ids live in the window tables at the end: a unique index
-- over all history would halve the insert rate at five million rows.

CREATE TABLE setting (
  name TEXT PRIMARY KEY,            -- schema facts: key fingerprint, snowflake node, counters
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Tenancy -------------------------------------------------------------------------------------

CREATE TABLE app (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  uid TEXT,
  name TEXT NOT NULL,
  throttleRate INTEGER,
  metadata TEXT NOT NULL,           -- JSON object of strings
  test INTEGER NOT NULL,
  createdAt INTEGER NOT NULL,
  updatedAt INTEGER NOT NULL,
  deletedAt INTEGER,
  blankedTo INTEGER NOT NULL DEFAULT 0,  -- deleted: the content of its events is deleted up to here
  blankedAt INTEGER                 -- deleted: when all content had been deleted
) STRICT;
CREATE UNIQUE INDEX app_uid ON app (uid) WHERE uid IS NOT NULL AND deletedAt IS NULL;
CREATE INDEX app_live ON app (seq) WHERE deletedAt IS NULL;
CREATE INDEX app_unblanked ON app (seq) WHERE deletedAt IS NOT NULL AND blankedAt IS NULL;

CREATE TABLE eventType (
  name TEXT PRIMARY KEY,
  description TEXT NOT NULL,
  archived INTEGER NOT NULL,
  deprecated INTEGER NOT NULL,
  groupName TEXT,
  featureFlags TEXT,                -- JSON array
  schemas TEXT,                     -- JSON object
  createdAt INTEGER NOT NULL,
  updatedAt INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE apiKey (
  id TEXT PRIMARY KEY,
  appSeq INTEGER NOT NULL REFERENCES app (seq),
  kind TEXT NOT NULL,
  scopes TEXT NOT NULL,             -- JSON array
  secretHash BLOB NOT NULL UNIQUE,
  keyId TEXT UNIQUE,
  createdAt INTEGER NOT NULL,
  revokedAt INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX apiKey_app ON apiKey (appSeq);

-- A line appears in events or is registered with credentials; `lineId` is null until registration.
CREATE TABLE line (
  seq INTEGER PRIMARY KEY,
  appSeq INTEGER NOT NULL REFERENCES app (seq),
  number TEXT NOT NULL,
  deviceId INTEGER NOT NULL UNIQUE,
  lineId TEXT UNIQUE,
  name TEXT,
  username TEXT UNIQUE COLLATE NOCASE,
  passwordHash TEXT,
  payloadGeneration TEXT NOT NULL DEFAULT '2020',
  createdAt INTEGER NOT NULL,
  registeredAt INTEGER,
  UNIQUE (appSeq, number)
) STRICT;

CREATE TABLE lineSession (
  sessionHash BLOB PRIMARY KEY,     -- SHA-256; the key itself is shown once
  lineSeq INTEGER NOT NULL REFERENCES line (seq),
  createdAt INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX lineSession_line ON lineSession (lineSeq, createdAt);

CREATE TABLE source (
  id TEXT PRIMARY KEY,
  appSeq INTEGER NOT NULL REFERENCES app (seq),
  kind TEXT NOT NULL,
  sealedCredentials BLOB,
  options TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  createdAt INTEGER NOT NULL,
  updatedAt INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Endpoints -----------------------------------------------------------------------------------

CREATE TABLE endpoint (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  appSeq INTEGER NOT NULL REFERENCES app (seq),
  uid TEXT,
  dialect TEXT NOT NULL,
  status TEXT NOT NULL,             -- enabled, paused, disabled, deleted
  disabledReason TEXT,
  url TEXT NOT NULL,
  method TEXT NOT NULL,
  description TEXT NOT NULL,
  metadata TEXT NOT NULL,           -- JSON object of strings
  eventTypes TEXT,                  -- JSON array, null is all
  channels TEXT,                    -- JSON array, null is all
  tags TEXT,                        -- JSON array, null is all
  lines TEXT,                       -- JSON array of numbers, null is all
  filter TEXT,                      -- JSON, reserved
  wantsHistory INTEGER NOT NULL,
  authentication TEXT NOT NULL,     -- JSON array of strategies
  sealedHeaders BLOB,
  headerNames TEXT NOT NULL,        -- JSON array
  throttleRate INTEGER,
  timeoutMs INTEGER,
  tlsMinVersion TEXT,               -- null takes the server's setting
  sealedTls BLOB,                 -- encrypted JSON {clientCert, clientKey, ca}, or null
  retrySchedule TEXT,               -- JSON array of seconds
  skipAfterMs INTEGER NOT NULL DEFAULT 3600000,
  dialectOptions TEXT,              -- JSON of its dialect
  shard INTEGER NOT NULL,
  version INTEGER NOT NULL,
  parkedMs INTEGER NOT NULL DEFAULT 0,   -- total time parked; deliveries store its value at creation
  parkedAt INTEGER,                 -- start of the current parked time
  foldedAt INTEGER,                 -- deleted: when its pending deliveries were folded to cancelled
  createdAt INTEGER NOT NULL,
  updatedAt INTEGER NOT NULL
) STRICT;
CREATE INDEX endpoint_app ON endpoint (appSeq, seq) WHERE status <> 'deleted';
CREATE UNIQUE INDEX endpoint_uid ON endpoint (appSeq, uid) WHERE uid IS NOT NULL AND status <> 'deleted';
-- The webhooks of a line; those of an app are a range of `endpoint_app`.
CREATE INDEX endpoint_line ON endpoint (appSeq, lines) WHERE lines IS NOT NULL AND status <> 'deleted';
CREATE INDEX endpoint_held ON endpoint (appSeq) WHERE status <> 'enabled' AND foldedAt IS NULL;
CREATE INDEX endpoint_unfolded ON endpoint (seq) WHERE status = 'deleted' AND foldedAt IS NULL;

CREATE TABLE endpointSecret (
  endpointSeq INTEGER NOT NULL REFERENCES endpoint (seq),
  createdAt INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  sealed BLOB NOT NULL,
  expiresAt INTEGER,                -- null for the current secret
  PRIMARY KEY (endpointSeq, ordinal)
) STRICT, WITHOUT ROWID;

-- A dialect's state for an app, beside its endpoints.
CREATE TABLE dialectState (
  appSeq INTEGER NOT NULL REFERENCES app (seq),
  dialect TEXT NOT NULL,
  sealed BLOB NOT NULL,
  PRIMARY KEY (appSeq, dialect)
) STRICT, WITHOUT ROWID;

-- Health, breaker and pause of an endpoint. An endpoint without a row is healthy.
CREATE TABLE endpointState (
  endpointSeq INTEGER PRIMARY KEY REFERENCES endpoint (seq),
  health TEXT NOT NULL,             -- JSON of EndpointHealth
  breaker TEXT NOT NULL DEFAULT 'closed',
  breakerChangedAt INTEGER,         -- open: start
  probeAt INTEGER,                  -- open: time of the next probe
  probeStep INTEGER,                -- open: step of the current wait
  probeFailedAt INTEGER,            -- open: end of the latest failed probe
  pausedUntil INTEGER               -- Retry-After
) STRICT;
CREATE INDEX endpointState_open ON endpointState (breaker) WHERE breaker = 'open';

-- Level one of the queue: endpoints that have work with a due time. `nextDueAt` is never later than
-- the earliest due time of an unleased delivery.
CREATE TABLE endpointQueue (
  endpointSeq INTEGER PRIMARY KEY REFERENCES endpoint (seq),
  shard INTEGER NOT NULL,
  nextDueAt INTEGER NOT NULL
) STRICT;
-- One process holds nearly all shards, so the index is by time, and foreign shards are skipped.
CREATE INDEX endpointQueue_due ON endpointQueue (nextDueAt, shard);

CREATE TABLE shard (
  shard INTEGER PRIMARY KEY,
  owner TEXT,
  leaseUntil INTEGER NOT NULL,
  fence INTEGER NOT NULL
) STRICT;

-- Events --------------------------------------------------------------------------------------

CREATE TABLE event (
  seq INTEGER PRIMARY KEY,          -- the feed's sequence
  id TEXT NOT NULL UNIQUE,          -- a KSUID, so the index grows at its right edge
  appSeq INTEGER NOT NULL,
  eventId TEXT,
  type TEXT NOT NULL,
  contentType TEXT NOT NULL,
  channels TEXT,                    -- JSON array
  tags TEXT,                        -- JSON array
  orderingKey TEXT,
  deliverAt INTEGER,
  occurredAt INTEGER NOT NULL,
  acceptedAt INTEGER NOT NULL,
  parentSeq INTEGER,                -- the event from which it was derived
  expungeAt INTEGER,                -- content is deleted at this instant, before retention
  checksum INTEGER,                 -- of the last two columns, or null
  matching TEXT,                    -- further inputs of matching, or null
  -- Last, so that a filter over the columns above never reads through a long payload's pages.
  parties TEXT,                   -- JSON: message, contact, line, conversation of the snapshot
  payload TEXT                      -- as published; null after expunge
) STRICT;
CREATE INDEX event_app ON event (appSeq, seq);
CREATE INDEX event_expunge ON event (expungeAt) WHERE expungeAt IS NOT NULL;

-- Both level two of the queue and the history of deliveries: a finished delivery leaves the
-- partial indexes, and its row stays until retention.
CREATE TABLE delivery (
  seq INTEGER PRIMARY KEY,
  eventSeq INTEGER NOT NULL,
  endpointSeq INTEGER NOT NULL,
  part INTEGER NOT NULL,
  state INTEGER NOT NULL,           -- 0 pending, 1 delivered, 2 failed, 3 cancelled (folded)
  dueAt INTEGER,                    -- null: waits behind its ordering key
  fence INTEGER,                    -- leased when equal to its shard's fence
  slot INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  baseAt INTEGER NOT NULL,
  parkedMs INTEGER NOT NULL,        -- the endpoint's parkedMs at creation
  manual INTEGER NOT NULL,          -- next attempt is a replay
  orderingKey TEXT,
  skipAt INTEGER,                   -- end of the wait for its predecessor
  reason TEXT,                      -- of the failure
  acceptedAt INTEGER NOT NULL,
  finishedAt INTEGER,
  bytes INTEGER NOT NULL DEFAULT 0  -- length of its event's payload
) STRICT;
-- Nulls (waiting behind their key) sort first, and `dueAt <= ?` never matches them. With them, the
-- pending deliveries of an endpoint are one range of one index.
CREATE INDEX delivery_due ON delivery (endpointSeq, dueAt) WHERE state = 0;
CREATE INDEX delivery_keyed ON delivery (endpointSeq, orderingKey, seq)
  WHERE state = 0 AND orderingKey IS NOT NULL;
CREATE INDEX delivery_skip ON delivery (skipAt) WHERE state = 0 AND dueAt IS NULL;
-- Pending deliveries whose due time is not the start of their schedule, because they were retried or
-- released by their ordering key. All others are in `delivery_due` in the order of their schedules. A
-- delivery that succeeds at its first attempt never enters this index.
CREATE INDEX delivery_moved ON delivery (endpointSeq, baseAt) WHERE state = 0 AND dueAt <> baseAt;
-- A recovery reads the failed deliveries, which are few.
CREATE INDEX delivery_failed ON delivery (endpointSeq, seq) WHERE state = 2;
CREATE INDEX delivery_event ON delivery (eventSeq, endpointSeq);
CREATE INDEX delivery_endpoint ON delivery (endpointSeq, seq);

CREATE TABLE attempt (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  deliverySeq INTEGER NOT NULL,
  eventSeq INTEGER NOT NULL,
  endpointSeq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  durationMs INTEGER NOT NULL,
  url TEXT NOT NULL,
  statusCode INTEGER NOT NULL,
  response TEXT,
  reason TEXT,
  succeeded INTEGER NOT NULL,
  manual INTEGER NOT NULL
) STRICT;
CREATE INDEX attempt_event ON attempt (eventSeq);
CREATE INDEX attempt_endpoint ON attempt (endpointSeq, seq);

-- Registers -----------------------------------------------------------------------------------

CREATE TABLE message (
  seq INTEGER PRIMARY KEY,
  appSeq INTEGER NOT NULL,
  eventSeq INTEGER NOT NULL,        -- lives exactly as long as this event
  snowflake INTEGER NOT NULL UNIQUE,
  record TEXT                       -- JSON of Message; null while unchanged since its event
) STRICT;

CREATE TABLE contact (
  appSeq INTEGER NOT NULL,
  number TEXT NOT NULL,
  contactId INTEGER NOT NULL UNIQUE,
  record TEXT NOT NULL,             -- JSON of Contact
  PRIMARY KEY (appSeq, number)
) STRICT, WITHOUT ROWID;

-- Conversations of a line and a contact: fingerprint and opt-out.
CREATE TABLE conversation (
  appSeq INTEGER NOT NULL,
  line TEXT NOT NULL,
  contact TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  optedOut INTEGER NOT NULL,
  changedAt INTEGER NOT NULL,
  PRIMARY KEY (appSeq, line, contact)
) STRICT, WITHOUT ROWID;

CREATE TABLE attachment (
  key TEXT PRIMARY KEY,             -- at least 128 random bits
  appSeq INTEGER NOT NULL,
  eventSeq INTEGER NOT NULL,        -- lives exactly as long as this event
  messageSeq INTEGER NOT NULL,
  ordinal INTEGER NOT NULL DEFAULT 0,  -- 0 is the whole text of the message; its media start at 1
  fileName TEXT NOT NULL,
  contentType TEXT NOT NULL,
  content BLOB,
  url TEXT,                         -- the publisher's URL of media, fetched on request
  sizeBytes INTEGER,
  createdAt INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX attachment_event ON attachment (eventSeq);
CREATE INDEX attachment_message ON attachment (messageSeq, ordinal);

-- Durable jobs: replays of one endpoint, done in slices.
CREATE TABLE job (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  appSeq INTEGER NOT NULL REFERENCES app (seq),
  endpointSeq INTEGER NOT NULL REFERENCES endpoint (seq),
  kind TEXT NOT NULL,
  state TEXT NOT NULL,              -- running, finished, failed, cancelled
  params TEXT NOT NULL,             -- JSON of ReplayParams
  low INTEGER NOT NULL,             -- rows from `low` to before `high`; `position` is next
  position INTEGER NOT NULL,
  high INTEGER NOT NULL,
  done INTEGER NOT NULL,            -- number made due
  reason TEXT,                      -- of the failure or of the wait
  nextAt INTEGER NOT NULL,          -- due time of the next slice, by its rate
  createdAt INTEGER NOT NULL,
  updatedAt INTEGER NOT NULL
) STRICT;
CREATE INDEX job_app ON job (appSeq, seq);
CREATE INDEX job_due ON job (nextAt) WHERE state = 'running';
CREATE INDEX job_appRunning ON job (appSeq) WHERE state = 'running';
CREATE INDEX job_over ON job (updatedAt) WHERE state <> 'running';

-- Accounting ----------------------------------------------------------------------------------

-- Appended per commit and app, folded by the sweeper, so there is no hot counter row. `purged…`
-- counts deliveries that retention deleted, so the identity can be recounted row by row.
CREATE TABLE tally (
  seq INTEGER PRIMARY KEY,
  appSeq INTEGER NOT NULL,
  created INTEGER NOT NULL,
  delivered INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  cancelled INTEGER NOT NULL,
  purgedDelivered INTEGER NOT NULL,
  purgedFailed INTEGER NOT NULL,
  purgedCancelled INTEGER NOT NULL,
  owedBytes INTEGER NOT NULL DEFAULT 0 -- payload bytes of deliveries that are pending
) STRICT;

-- Folded tallies. An app's numbers are the sum of this row and its rows in `tally`.
CREATE TABLE tallyTotal (
  appSeq INTEGER PRIMARY KEY,
  created INTEGER NOT NULL,
  delivered INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  cancelled INTEGER NOT NULL,
  purgedDelivered INTEGER NOT NULL,
  purgedFailed INTEGER NOT NULL,
  purgedCancelled INTEGER NOT NULL,
  owedBytes INTEGER NOT NULL DEFAULT 0 -- payload bytes of deliveries that are pending
) STRICT;

-- Windows -------------------------------------------------------------------------------------

-- Ids chosen by publishers, separate from payloads. Three generations are in use; the oldest is emptied
-- in slices and becomes the newest. `kind`: 1 eventId, 2 message id, 3 explicit and 4 derived opt-out of a message.
CREATE TABLE window0 (appSeq INTEGER NOT NULL, kind INTEGER NOT NULL, id TEXT NOT NULL, ref INTEGER NOT NULL, PRIMARY KEY (appSeq, kind, id)) STRICT, WITHOUT ROWID;
CREATE TABLE window1 (appSeq INTEGER NOT NULL, kind INTEGER NOT NULL, id TEXT NOT NULL, ref INTEGER NOT NULL, PRIMARY KEY (appSeq, kind, id)) STRICT, WITHOUT ROWID;
CREATE TABLE window2 (appSeq INTEGER NOT NULL, kind INTEGER NOT NULL, id TEXT NOT NULL, ref INTEGER NOT NULL, PRIMARY KEY (appSeq, kind, id)) STRICT, WITHOUT ROWID;
CREATE TABLE window3 (appSeq INTEGER NOT NULL, kind INTEGER NOT NULL, id TEXT NOT NULL, ref INTEGER NOT NULL, PRIMARY KEY (appSeq, kind, id)) STRICT, WITHOUT ROWID;

-- Idempotency keys, 24 h, rotated the same way: body hash, status and resource ids, never a body.
CREATE TABLE once0 (scope TEXT NOT NULL, key TEXT NOT NULL, bodyHash TEXT NOT NULL, resources TEXT NOT NULL, expiresAt INTEGER NOT NULL, PRIMARY KEY (scope, key)) STRICT, WITHOUT ROWID;
CREATE TABLE once1 (scope TEXT NOT NULL, key TEXT NOT NULL, bodyHash TEXT NOT NULL, resources TEXT NOT NULL, expiresAt INTEGER NOT NULL, PRIMARY KEY (scope, key)) STRICT, WITHOUT ROWID;
CREATE TABLE once2 (scope TEXT NOT NULL, key TEXT NOT NULL, bodyHash TEXT NOT NULL, resources TEXT NOT NULL, expiresAt INTEGER NOT NULL, PRIMARY KEY (scope, key)) STRICT, WITHOUT ROWID;
