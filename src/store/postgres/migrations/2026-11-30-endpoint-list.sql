-- A node that knows the endpoints of an application at one version reads only those that changed since.
--
-- The trigger numbers every change, also those of an older program that runs beside this schema. The change
-- and the step of the application's version are in one transaction, under the application's lock.
--
-- Oldest program that can run beside this schema: 2026-11-30-erased-numbers
ALTER TABLE endpoint ADD COLUMN list_version BIGINT NOT NULL DEFAULT 0;
CREATE INDEX endpoint_list ON endpoint (app_seq, list_version);

CREATE FUNCTION number_endpoint_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.list_version := (SELECT endpoints_version + 1 FROM app WHERE seq = NEW.app_seq);
  RETURN NEW;
END
$$;
CREATE TRIGGER endpoint_list BEFORE INSERT OR UPDATE ON endpoint
  FOR EACH ROW EXECUTE FUNCTION number_endpoint_change();
