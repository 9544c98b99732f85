-- Keys of the people who operate the server, with their roles.
--
-- Oldest program that can run beside this schema: 2026-11-30-line-logins
CREATE TABLE operator_key (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  role TEXT NOT NULL,               -- admin, operator
  secret_hash BYTEA NOT NULL UNIQUE,
  created_at BIGINT NOT NULL
);
