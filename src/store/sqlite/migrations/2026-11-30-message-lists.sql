-- The newest messages of a line and of a conversation. Only messages of registered lines are in these indexes,
-- and only those accepted since this migration.
ALTER TABLE message ADD COLUMN deviceId INTEGER;
ALTER TABLE message ADD COLUMN fingerprint TEXT;
CREATE INDEX message_line ON message (deviceId, eventSeq) WHERE deviceId IS NOT NULL;
CREATE INDEX message_conversation ON message (deviceId, fingerprint, eventSeq)
  WHERE deviceId IS NOT NULL;
