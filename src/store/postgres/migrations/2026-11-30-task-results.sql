-- The results of statistics tasks: a row per application, or per application and event type. An older program
-- could not run these tasks.
--
-- Oldest program that can run beside this schema: 2026-11-30-task-results
CREATE TABLE job_result (
  job_seq BIGINT NOT NULL,
  app_seq BIGINT NOT NULL,
  name TEXT COLLATE "C" NOT NULL,   -- of an event type; empty for the application itself
  amount BIGINT NOT NULL,
  PRIMARY KEY (job_seq, app_seq, name)
);
CREATE INDEX job_result_app ON job_result (app_seq);
