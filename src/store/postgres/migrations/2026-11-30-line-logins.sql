-- Further logins of lines, each with its own sessions. An older program does not see their usernames, and could
-- give one to another line.
--
-- Oldest program that can run beside this schema: 2026-11-30-line-logins
CREATE TABLE line_login (
  id TEXT COLLATE "C" PRIMARY KEY,
  line_seq BIGINT NOT NULL REFERENCES line (seq),
  username TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX line_login_username ON line_login (lower(username));
CREATE INDEX line_login_line ON line_login (line_seq, created_at, id);

-- Empty for the first login of a line.
ALTER TABLE line_session ADD COLUMN login_id TEXT COLLATE "C" NOT NULL DEFAULT '';
DROP INDEX line_session_line;
CREATE INDEX line_session_line ON line_session (line_seq, login_id, created_at);

-- Locked for a change of a username, because no index spans those of lines and of logins.
INSERT INTO setting (name, value) VALUES ('usernames.lock', '');
