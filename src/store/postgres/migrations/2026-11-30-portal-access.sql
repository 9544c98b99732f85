-- Tokens of an application's portal, and the one-time links that make them. An older program would keep the
-- rows of a deleted application.
--
-- Oldest program that can run beside this schema: 2026-11-30-portal-access
CREATE TABLE portal_access (
  secret_hash BYTEA PRIMARY KEY,    -- SHA-256; the token or the key of the link is shown once
  id TEXT NOT NULL,
  kind TEXT NOT NULL,               -- token, link
  app_seq BIGINT NOT NULL REFERENCES app (seq),
  capabilities TEXT NOT NULL,       -- JSON array
  feature_flags TEXT NOT NULL,      -- JSON array
  session_id TEXT,                  -- chosen by the operator
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  tokens_end_at BIGINT NOT NULL,    -- when the tokens of a link expire; for a token as expires_at at first
  exchanges INTEGER NOT NULL        -- tokens that the link has made
);
CREATE INDEX portal_access_app ON portal_access (app_seq, created_at);
CREATE INDEX portal_access_expired ON portal_access (expires_at);
