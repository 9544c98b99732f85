-- WhatsApp user ids of contacts. The address is the number, or the user id while no number is known. An older
-- program would not find a contact by its user id.
--
-- Oldest program that can run beside this schema: 2026-11-30-user-ids
CREATE TABLE contact_alias (
  app_seq BIGINT NOT NULL,
  user_id TEXT COLLATE "C" NOT NULL,
  address TEXT COLLATE "C" NOT NULL,  -- `number` of its contact
  PRIMARY KEY (app_seq, user_id)
);
