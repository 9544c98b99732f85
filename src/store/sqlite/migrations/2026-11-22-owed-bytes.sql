-- How many bytes of payloads are owed per app, for its quota: kept in the tallies, so that nothing has
-- to be recounted at a start.
-- Oldest program that can run beside this schema: 0.1.0 with this migration in its list.

ALTER TABLE delivery ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;  -- length of its event's payload
ALTER TABLE tally ADD COLUMN owedBytes INTEGER NOT NULL DEFAULT 0;  -- of deliveries that are pending
ALTER TABLE tallyTotal ADD COLUMN owedBytes INTEGER NOT NULL DEFAULT 0;
