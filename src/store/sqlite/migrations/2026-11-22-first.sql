-- The whole schema.
-- Oldest program that can run beside this schema: 0.1.0.
--
-- Instants are milliseconds since the epoch. Rowids (`seq`) are given by the one writer, so they are
-- commit-ordered. Rows of publishers' own ids live in the window tables at the end: a unique index
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
  blankedTo INTEGER NOT NULL DEFAULT 0,  -- deleted: its events up to here have no content left
  blankedAt INTEGER                 -- deleted: when nothing was left to blank
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

-- A line is met in events or registered with credentials; `lineId` is null until it is registered.
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
  encryptedCredentials BLOB,
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
  encryptedHeaders BLOB,
  headerNames TEXT NOT NULL,        -- JSON array
  throttleRate INTEGER,
  timeoutMs INTEGER,
  tlsMinVersion TEXT,               -- null is the server's setting
  encryptedTls BLOB,                   -- encrypted JSON {clientCert, clientKey, ca}; null is none
  retrySchedule TEXT,               -- JSON array of seconds
  skipAfterMs INTEGER NOT NULL DEFAULT 3600000,
  dialectOptions TEXT,              -- JSON of its dialect
  shard INTEGER NOT NULL,
  version INTEGER NOT NULL,
  parkedMs INTEGER NOT NULL DEFAULT 0,   -- total time parked; deliveries remember what it was
  parkedAt INTEGER,                 -- since when parked now
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
  encrypted BLOB NOT NULL,
  expiresAt INTEGER,                -- null is the current one
  PRIMARY KEY (endpointSeq, ordinal)
) STRICT, WITHOUT ROWID;

-- What a dialect keeps for an app besides its endpoints.
CREATE TABLE dialectState (
  appSeq INTEGER NOT NULL REFERENCES app (seq),
  dialect TEXT NOT NULL,
  encrypted BLOB NOT NULL,
  PRIMARY KEY (appSeq, dialect)
) STRICT, WITHOUT ROWID;

-- Health, breaker and pause of an endpoint. No row means: healthy, nothing to remember.
CREATE TABLE endpointState (
  endpointSeq INTEGER PRIMARY KEY REFERENCES endpoint (seq),
  health TEXT NOT NULL,             -- JSON of EndpointHealth
  breaker TEXT NOT NULL DEFAULT 'closed',
  breakerChangedAt INTEGER,         -- open: since when
  probeAt INTEGER,                  -- open: when the next probe may leave
  probeStep INTEGER,                -- open: which wait that is
  probeFailedAt INTEGER,            -- open: the end of the latest probe that failed
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
-- One process holds nearly all shards, so the soonest come first and foreign shards are passed over.
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
  parentSeq INTEGER,                -- the event it was derived from
  expungeAt INTEGER,                -- content goes at this instant, before retention
  checksum INTEGER,                 -- of the two last columns; null for none
  matching TEXT,                    -- what matching knew besides these columns; null is nothing
  -- Last, so that a filter over the columns above never reads through a long payload's pages.
  participants TEXT,                     -- JSON: message, contact, line, conversation of the snapshot
  payload TEXT                      -- as published; null once expunged
) STRICT;
CREATE INDEX event_app ON event (appSeq, seq);
CREATE INDEX event_expunge ON event (expungeAt) WHERE expungeAt IS NOT NULL;

-- Level two of the queue and the history of deliveries in one: a finished delivery leaves the
-- partial indexes and stays where it is until retention.
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
  parkedMs INTEGER NOT NULL,        -- the endpoint's parkedMs when it was made
  manual INTEGER NOT NULL,          -- next attempt is a replay
  orderingKey TEXT,
  skipAt INTEGER,                   -- when it stops waiting for its predecessor
  reason TEXT,                      -- why it failed
  acceptedAt INTEGER NOT NULL,
  finishedAt INTEGER,
  bytes INTEGER NOT NULL DEFAULT 0  -- length of its event's payload
) STRICT;
-- Nulls (waiting behind their key) sort first and `dueAt <= ?` never meets them; with them here, what
-- is pending for an endpoint is one range of one index.
CREATE INDEX delivery_due ON delivery (endpointSeq, dueAt) WHERE state = 0;
CREATE INDEX delivery_keyed ON delivery (endpointSeq, orderingKey, seq)
  WHERE state = 0 AND orderingKey IS NOT NULL;
CREATE INDEX delivery_skip ON delivery (skipAt) WHERE state = 0 AND dueAt IS NULL;
-- Owed deliveries that are not due when their schedule began: those that were tried before, or let go
-- by their ordering key. All others lie in `delivery_due` in the order of their schedules. Nothing
-- that is delivered at its first attempt ever enters it.
CREATE INDEX delivery_moved ON delivery (endpointSeq, baseAt) WHERE state = 0 AND dueAt <> baseAt;
-- Failed deliveries are few among all, and these are what a recovery reads.
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
  record TEXT                       -- JSON of Message; null: still as its event has it
) STRICT;

CREATE TABLE contact (
  appSeq INTEGER NOT NULL,
  number TEXT NOT NULL,
  contactId INTEGER NOT NULL UNIQUE,
  record TEXT NOT NULL,             -- JSON of Contact
  PRIMARY KEY (appSeq, number)
) STRICT, WITHOUT ROWID;

-- The line with the contact: fingerprint and opt-out.
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
  ordinal INTEGER NOT NULL DEFAULT 0,  -- 0 is the whole text of the message, its media are 1 and up
  fileName TEXT NOT NULL,
  contentType TEXT NOT NULL,
  content BLOB,
  url TEXT,                         -- media of the publisher's, fetched when asked for
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
  low INTEGER NOT NULL,             -- rows looked at: from `low` to before `high`; `position` is next
  position INTEGER NOT NULL,
  high INTEGER NOT NULL,
  done INTEGER NOT NULL,            -- what was made due
  reason TEXT,                      -- why it failed, or what it waits for
  nextAt INTEGER NOT NULL,          -- its next slice, by its rate
  createdAt INTEGER NOT NULL,
  updatedAt INTEGER NOT NULL
) STRICT;
CREATE INDEX job_app ON job (appSeq, seq);
CREATE INDEX job_due ON job (nextAt) WHERE state = 'running';
CREATE INDEX job_appRunning ON job (appSeq) WHERE state = 'running';
CREATE INDEX job_over ON job (updatedAt) WHERE state <> 'running';

-- Accounting ----------------------------------------------------------------------------------

-- Appended per commit and app, folded by the sweeper: never one hot counter row. `purged…` counts
-- what retention removed, so the identity can be recounted row by row.
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
  pendingBytes INTEGER NOT NULL DEFAULT 0  -- payload bytes of deliveries that are pending
) STRICT;

-- What was folded; an app's numbers are this row and its rows in `tally` together.
CREATE TABLE tallyTotal (
  appSeq INTEGER PRIMARY KEY,
  created INTEGER NOT NULL,
  delivered INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  cancelled INTEGER NOT NULL,
  purgedDelivered INTEGER NOT NULL,
  purgedFailed INTEGER NOT NULL,
  purgedCancelled INTEGER NOT NULL,
  pendingBytes INTEGER NOT NULL DEFAULT 0  -- payload bytes of deliveries that are pending
) STRICT;

-- Windows -------------------------------------------------------------------------------------

-- Ids chosen by publishers, apart from payloads. Three generations and one that is being emptied; the oldest is emptied in slices
-- and becomes the newest. `kind`: 1 eventId, 2 message id, 3 explicit and 4 derived opt-out of a message.
CREATE TABLE window0 (appSeq INTEGER NOT NULL, kind INTEGER NOT NULL, id TEXT NOT NULL, ref INTEGER NOT NULL, PRIMARY KEY (appSeq, kind, id)) STRICT, WITHOUT ROWID;
CREATE TABLE window1 (appSeq INTEGER NOT NULL, kind INTEGER NOT NULL, id TEXT NOT NULL, ref INTEGER NOT NULL, PRIMARY KEY (appSeq, kind, id)) STRICT, WITHOUT ROWID;
CREATE TABLE window2 (appSeq INTEGER NOT NULL, kind INTEGER NOT NULL, id TEXT NOT NULL, ref INTEGER NOT NULL, PRIMARY KEY (appSeq, kind, id)) STRICT, WITHOUT ROWID;
CREATE TABLE window3 (appSeq INTEGER NOT NULL, kind INTEGER NOT NULL, id TEXT NOT NULL, ref INTEGER NOT NULL, PRIMARY KEY (appSeq, kind, id)) STRICT, WITHOUT ROWID;

-- Idempotency keys, 24 h, rotated the same way: body hash, status and resource ids, never a body.
CREATE TABLE once0 (scope TEXT NOT NULL, key TEXT NOT NULL, bodyHash TEXT NOT NULL, resources TEXT NOT NULL, expiresAt INTEGER NOT NULL, PRIMARY KEY (scope, key)) STRICT, WITHOUT ROWID;
CREATE TABLE once1 (scope TEXT NOT NULL, key TEXT NOT NULL, bodyHash TEXT NOT NULL, resources TEXT NOT NULL, expiresAt INTEGER NOT NULL, PRIMARY KEY (scope, key)) STRICT, WITHOUT ROWID;
CREATE TABLE once2 (scope TEXT NOT NULL, key TEXT NOT NULL, bodyHash TEXT NOT NULL, resources TEXT NOT NULL, expiresAt INTEGER NOT NULL, PRIMARY KEY (scope, key)) STRICT, WITHOUT ROWID;
