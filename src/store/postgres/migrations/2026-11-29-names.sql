-- The columns get the names that the program uses.
--
-- Oldest program that can run beside this schema: 2026-11-29-names
ALTER TABLE endpoint RENAME COLUMN sealed_headers TO encrypted_headers;
ALTER TABLE endpoint RENAME COLUMN sealed_tls TO encrypted_tls;
ALTER TABLE endpoint_secret RENAME COLUMN sealed TO encrypted;
ALTER TABLE dialect_state RENAME COLUMN sealed TO encrypted;
ALTER TABLE event RENAME COLUMN parties TO participants;
ALTER TABLE tally RENAME COLUMN owed_bytes TO pending_bytes;
ALTER TABLE tally_total RENAME COLUMN owed_bytes TO pending_bytes;
ALTER TABLE endpoint RENAME COLUMN sealed_userinfo TO encrypted_userinfo;
