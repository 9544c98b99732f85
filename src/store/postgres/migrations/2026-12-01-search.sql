-- Names of events by which they are found: numbers, and ids of publishers and of APIs (decisions/030-search.md).
-- The sweep adds them later, so a publish writes none. An older program would leave the names of events whose
-- content it deletes.
--
-- Oldest program that can run beside this schema: 2026-12-01-search
CREATE TABLE seen (
  event_seq BIGINT NOT NULL,
  key BIGINT NOT NULL,              -- 32 bits of a keyed hash of (application, kind, value)
  PRIMARY KEY (key, event_seq)
) PARTITION BY RANGE (event_seq);
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
