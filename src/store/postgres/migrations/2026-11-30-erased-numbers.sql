-- Erasing a number is a job of an application, without an endpoint.
--
-- Oldest program that can run beside this schema: 2026-11-30-erased-numbers
ALTER TABLE job ALTER COLUMN endpoint_seq DROP NOT NULL;

-- The opt-outs of erased conversations: a keyed hash of application, line and contact.
CREATE TABLE erased_opt_out (
  app_seq BIGINT NOT NULL,
  mark TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (app_seq, mark)
);
ALTER TABLE app ADD COLUMN has_erased_opt_outs BOOLEAN NOT NULL DEFAULT false;
INSERT INTO setting (name, value)
VALUES ('optOut.key', replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''));
