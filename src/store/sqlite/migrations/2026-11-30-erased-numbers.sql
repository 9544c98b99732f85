-- Erasing a number is a job of an application, without an endpoint.
CREATE TABLE newJob (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  appSeq INTEGER NOT NULL REFERENCES app (seq),
  endpointSeq INTEGER REFERENCES endpoint (seq),  -- null: of the application
  kind TEXT NOT NULL,
  state TEXT NOT NULL,              -- running, finished, failed, cancelled
  params TEXT NOT NULL,             -- JSON of StoredParams
  low INTEGER NOT NULL,             -- rows from `low` to before `high`; `position` is next
  position INTEGER NOT NULL,
  high INTEGER NOT NULL,
  done INTEGER NOT NULL,            -- number made due, or erased
  reason TEXT,                      -- of the failure or of the wait
  nextAt INTEGER NOT NULL,          -- due time of the next slice, by its rate
  createdAt INTEGER NOT NULL,
  updatedAt INTEGER NOT NULL
) STRICT;
INSERT INTO newJob SELECT * FROM job;
DROP TABLE job;
ALTER TABLE newJob RENAME TO job;
CREATE INDEX job_app ON job (appSeq, seq);
CREATE INDEX job_due ON job (nextAt) WHERE state = 'running';
CREATE INDEX job_appRunning ON job (appSeq) WHERE state = 'running';
CREATE INDEX job_over ON job (updatedAt) WHERE state <> 'running';

-- The opt-outs of erased conversations: a keyed hash of application, line and contact.
CREATE TABLE erasedOptOut (
  appSeq INTEGER NOT NULL,
  mark TEXT NOT NULL,
  PRIMARY KEY (appSeq, mark)
) STRICT, WITHOUT ROWID;
ALTER TABLE app ADD COLUMN hasErasedOptOuts INTEGER NOT NULL DEFAULT 0;
INSERT INTO setting (name, value) VALUES ('optOut.key', lower(hex(randomblob(32))));
