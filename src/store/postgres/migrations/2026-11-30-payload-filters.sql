-- Live endpoints with a payload filter (store/endpoints/usage.ts). The column `filter` of an endpoint is a text
-- of JMESPath from now on. An older program would deliver the events that a filter rejects.
--
-- Oldest program that can run beside this schema: 2026-11-30-payload-filters
ALTER TABLE app ADD COLUMN payload_filter_count INTEGER NOT NULL DEFAULT 0;
