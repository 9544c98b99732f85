-- The newest messages of a line and of a conversation. Only messages of registered lines are in these indexes,
-- and only those accepted since this migration. Messages that an older program accepts are not listed.
--
-- Oldest program that can run beside this schema: 2026-11-30-portal-access
ALTER TABLE message ADD COLUMN device_id BIGINT;
ALTER TABLE message ADD COLUMN fingerprint TEXT COLLATE "C";
CREATE INDEX message_line ON message (device_id, event_seq) WHERE device_id IS NOT NULL;
CREATE INDEX message_conversation ON message (device_id, fingerprint, event_seq)
  WHERE device_id IS NOT NULL;
