-- Names of events by which they are found: numbers, and ids of publishers and of APIs (decisions/030-search.md).
-- The sweep adds the events of a full bucket later, in the order of their keys, so a publish writes none.
CREATE TABLE seen (
  bucket INTEGER NOT NULL,          -- 4,096 events that follow each other
  key INTEGER NOT NULL,             -- 64 bits of a keyed hash of (application, kind, value)
  eventSeq INTEGER NOT NULL,
  PRIMARY KEY (bucket, key, eventSeq)
) STRICT, WITHOUT ROWID;
INSERT INTO setting (name, value) VALUES ('search.key', lower(hex(randomblob(32))));
