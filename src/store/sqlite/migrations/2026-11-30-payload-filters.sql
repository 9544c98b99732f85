-- Live endpoints with a payload filter (store/endpoints/usage.ts). The column `filter` of an endpoint is a text
-- of JMESPath from now on.
ALTER TABLE app ADD COLUMN payloadFilterCount INTEGER NOT NULL DEFAULT 0;
