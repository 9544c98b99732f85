-- Names of events by which they are found: numbers, and ids of publishers and of APIs (decisions/030-search.md).
-- The sweep adds many events at once later, in the order of their keys, so a publish writes none.
CREATE TABLE seen (
  bucket INTEGER NOT NULL,          -- 8,192 events that follow each other
  key INTEGER NOT NULL,             -- 32 bits of a keyed hash of (application, kind, value)
  place INTEGER NOT NULL,           -- of the event in its bucket
  PRIMARY KEY (bucket, key, place)
) STRICT, WITHOUT ROWID;
INSERT INTO setting (name, value) VALUES ('search.key', lower(hex(randomblob(32))));
