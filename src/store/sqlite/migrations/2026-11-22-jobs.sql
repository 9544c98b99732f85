-- Durable jobs: replays of one endpoint, done in slices. Nothing wrote `job` before this.
-- Oldest program that can run beside this schema: 0.1.0 with this migration in its list.

DROP TABLE job;
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

-- What matching knew of an event besides its columns; null when nothing. Read by replays only.
ALTER TABLE event ADD COLUMN matching TEXT;

-- Failed deliveries are few among all, and these are what a recovery reads.
CREATE INDEX delivery_failed ON delivery (endpointSeq, seq) WHERE state = 2;
