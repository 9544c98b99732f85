-- Sessions of the dashboard, and one-time links that open one. Only hashes are stored.
--
-- Oldest program that can run beside this schema: 2026-12-01-search
CREATE TABLE dashboard_session (
  secret_hash BYTEA PRIMARY KEY,
  id TEXT NOT NULL,
  kind TEXT NOT NULL,               -- session, link
  owner TEXT NOT NULL,              -- the id of an operator key, or the mark of the admin token
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,       -- moves on while the session is used
  ends_at BIGINT NOT NULL
);
CREATE INDEX dashboard_session_owner ON dashboard_session (owner, created_at);
CREATE INDEX dashboard_session_expires ON dashboard_session (expires_at);
