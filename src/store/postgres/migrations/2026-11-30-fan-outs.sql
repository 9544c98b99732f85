-- Events whose deliveries are made in parts after their publish, in the order of the feed. An older program
-- would not queue its publishes behind them.
--
-- Oldest program that can run beside this schema: 2026-11-30-fan-outs
CREATE TABLE fan_out (
  app_seq BIGINT NOT NULL,
  place BIGINT NOT NULL,            -- of the event in the feed
  event_seq BIGINT NOT NULL,
  reached BIGINT NOT NULL,          -- the last endpoint that has its deliveries
  newest_endpoint BIGINT NOT NULL,  -- the last endpoint that existed when the event was accepted
  remaining BIGINT NOT NULL,        -- deliveries that were counted and are not made
  bytes BIGINT NOT NULL,            -- length of the payload
  PRIMARY KEY (app_seq, place)
) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);
-- Deliveries of these rows, which are in `created` as well.
ALTER TABLE tally ADD COLUMN fanning_out BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tally_total ADD COLUMN fanning_out BIGINT NOT NULL DEFAULT 0;
