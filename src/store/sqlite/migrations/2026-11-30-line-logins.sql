-- Further logins of lines, each with its own sessions.
CREATE TABLE lineLogin (
  id TEXT PRIMARY KEY,
  lineSeq INTEGER NOT NULL REFERENCES line (seq),
  username TEXT NOT NULL UNIQUE COLLATE NOCASE,
  passwordHash TEXT NOT NULL,
  createdAt INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX lineLogin_line ON lineLogin (lineSeq, createdAt, id);

-- Empty for the first login of a line.
ALTER TABLE lineSession ADD COLUMN loginId TEXT NOT NULL DEFAULT '';
DROP INDEX lineSession_line;
CREATE INDEX lineSession_line ON lineSession (lineSeq, loginId, createdAt);

-- PostgreSQL locks this row for a change of a username.
INSERT INTO setting (name, value) VALUES ('usernames.lock', '');
