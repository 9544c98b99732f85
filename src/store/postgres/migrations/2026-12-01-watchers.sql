-- Nodes that have clients of the live stream. The rows are read by nodes only, so older programs run beside
-- them.
--
-- Oldest program that can run beside this schema: 2026-12-01-search
CREATE TABLE watcher (
  node TEXT PRIMARY KEY,
  lease_until BIGINT NOT NULL       -- milliseconds since the epoch, by the database's clock
);
