-- Events whose deliveries are made in parts after their publish, in the order of the feed.
CREATE TABLE fanOut (
  appSeq INTEGER NOT NULL,
  place INTEGER NOT NULL,           -- of the event in the feed
  eventSeq INTEGER NOT NULL,
  reached INTEGER NOT NULL,         -- the last endpoint that has its deliveries
  newestEndpoint INTEGER NOT NULL,  -- the last endpoint that existed when the event was accepted
  remaining INTEGER NOT NULL,       -- deliveries that were counted and are not made
  bytes INTEGER NOT NULL,           -- length of the payload
  PRIMARY KEY (appSeq, place)
) STRICT, WITHOUT ROWID;
-- Deliveries of these rows, which are in `created` as well.
ALTER TABLE tally ADD COLUMN fanningOut INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tallyTotal ADD COLUMN fanningOut INTEGER NOT NULL DEFAULT 0;
