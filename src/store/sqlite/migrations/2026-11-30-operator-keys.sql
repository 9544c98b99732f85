-- Keys of the people who operate the server, with their roles.
CREATE TABLE operatorKey (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  role TEXT NOT NULL,               -- admin, operator
  secretHash BLOB NOT NULL UNIQUE,
  createdAt INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
