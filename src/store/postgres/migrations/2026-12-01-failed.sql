-- Deliveries by the time of their failure. A row gets its application when it fails and keeps it, so the rows
-- and indexes of other deliveries have nothing more to write. This migration reads every delivery once, and
-- accepting waits meanwhile. An older program would leave the application of a failed delivery out.
--
-- Oldest program that can run beside this schema: 2026-12-01-failed
ALTER TABLE delivery ADD COLUMN failed_app BIGINT;
UPDATE delivery SET failed_app = (SELECT app_seq FROM endpoint WHERE endpoint.seq = delivery.endpoint_seq)
  WHERE state = 2;
CREATE INDEX delivery_failed_at ON delivery (finished_at, seq) WHERE state = 2;
CREATE INDEX delivery_failed_app ON delivery (failed_app, finished_at, seq) WHERE state = 2;
CREATE INDEX delivery_failed_of ON delivery (endpoint_seq, finished_at, seq) WHERE state = 2;
