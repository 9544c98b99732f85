-- Sessions of the dashboard, and one-time links that open one. Only hashes are stored.
CREATE TABLE dashboardSession (
  secretHash BLOB PRIMARY KEY,
  id TEXT NOT NULL,
  kind TEXT NOT NULL,               -- session, link
  owner TEXT NOT NULL,              -- the id of an operator key, or the mark of the admin token
  createdAt INTEGER NOT NULL,
  expiresAt INTEGER NOT NULL,       -- moves on while the session is used
  endsAt INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX dashboardSession_owner ON dashboardSession (owner, createdAt);
CREATE INDEX dashboardSession_expires ON dashboardSession (expiresAt);
