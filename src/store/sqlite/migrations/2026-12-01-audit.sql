-- Who changed which configuration. Rows outlive the application that they name by its id.
CREATE TABLE auditEntry (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  requestId TEXT NOT NULL,
  actorKind TEXT NOT NULL,
  actorId TEXT NOT NULL,
  actorName TEXT,
  source TEXT,                      -- a masked address
  verb TEXT NOT NULL,
  appId TEXT,
  ids TEXT NOT NULL                 -- JSON
) STRICT;
CREATE INDEX auditEntry_at ON auditEntry (at);
CREATE INDEX auditEntry_app ON auditEntry (appId, seq);
CREATE INDEX auditEntry_actor ON auditEntry (actorId, seq);
CREATE INDEX auditEntry_verb ON auditEntry (verb, seq);
