-- What the dialects of single lines and of whole accounts need: webhooks changed as one set, sessions
-- of lines, media to be fetched.
-- Oldest program that can run beside this schema: 0.1.0 with this migration in its list.

ALTER TABLE endpoint ADD COLUMN tlsMinVersion TEXT;  -- null is the server's setting

-- The webhooks of a line; those of an app are a range of `endpoint_app`.
CREATE INDEX endpoint_line ON endpoint (appSeq, lines) WHERE lines IS NOT NULL AND status <> 'deleted';

-- What a dialect keeps for an app besides its endpoints.
CREATE TABLE dialectState (
  appSeq INTEGER NOT NULL REFERENCES app (seq),
  dialect TEXT NOT NULL,
  sealed BLOB NOT NULL,
  PRIMARY KEY (appSeq, dialect)
) STRICT, WITHOUT ROWID;

-- A session that has ended is gone; the oldest of a line come first.
DROP INDEX lineSession_line;
ALTER TABLE lineSession DROP COLUMN endedAt;
CREATE INDEX lineSession_line ON lineSession (lineSeq, createdAt);

-- The whole text of a message is 0, its media are 1 and up.
DROP INDEX attachment_message;
ALTER TABLE attachment ADD COLUMN ordinal INTEGER NOT NULL DEFAULT 0;
CREATE INDEX attachment_message ON attachment (messageSeq, ordinal);
