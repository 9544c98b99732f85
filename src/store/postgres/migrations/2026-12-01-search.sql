-- Names of events by which they are found: numbers, and ids of publishers and of APIs (decisions/030-search.md).
-- The sweep adds them later, so a publish writes none. An older program would leave the names of events whose
-- content it deletes.
--
-- Oldest program that can run beside this schema: 2026-12-01-search
CREATE TABLE seen (
  segment BIGINT NOT NULL,          -- the first event of the row
  part SMALLINT NOT NULL,           -- nine bits of a keyed hash of (application, kind, value); -1 marks a slice
  names BYTEA NOT NULL,             -- entries of the other 23 bits and the number of the event in its day
  PRIMARY KEY (part, segment)
) PARTITION BY RANGE (segment);
ALTER TABLE seen ALTER names SET STORAGE MAIN;
DO $$
DECLARE day record;
BEGIN
  FOR day IN SELECT relname, pg_get_expr(relpartbound, pg_class.oid) AS bounds
    FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid WHERE inhparent = 'event'::regclass
  LOOP
    EXECUTE format('CREATE TABLE %I PARTITION OF seen %s',
      replace(day.relname, 'event_', 'seen_'), day.bounds);
  END LOOP;
END $$;
INSERT INTO setting (name, value)
VALUES ('search.key', replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''));
