-- Tokens of an application's portal, and the one-time links that make them.
CREATE TABLE portalAccess (
  secretHash BLOB PRIMARY KEY,      -- SHA-256; the token or the key of the link is shown once
  id TEXT NOT NULL,
  kind TEXT NOT NULL,               -- token, link
  appSeq INTEGER NOT NULL REFERENCES app (seq),
  capabilities TEXT NOT NULL,       -- JSON array
  featureFlags TEXT NOT NULL,       -- JSON array
  sessionId TEXT,                   -- chosen by the operator
  createdAt INTEGER NOT NULL,
  expiresAt INTEGER NOT NULL,
  tokensEndAt INTEGER NOT NULL,     -- when the tokens of a link expire; for a token as expiresAt at first
  exchanges INTEGER NOT NULL        -- tokens that the link has made
) STRICT, WITHOUT ROWID;
CREATE INDEX portalAccess_app ON portalAccess (appSeq, createdAt);
CREATE INDEX portalAccess_expired ON portalAccess (expiresAt);
