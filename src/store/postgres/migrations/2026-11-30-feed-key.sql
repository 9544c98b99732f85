-- The key of the cursors of feeds (core/crypto/feed-cursor.ts); no change of the encryption key changes it.
--
-- Oldest program that can run beside this schema: 2026-11-30-fan-outs
INSERT INTO setting (name, value)
VALUES ('feed.key', replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''));
