-- Applications are found by the beginning of their name or uid, in any case of ASCII letters.
--
-- Oldest program that can run beside this schema: 2026-12-01-search
CREATE INDEX app_name ON app (lower(name COLLATE "C"), seq) WHERE deleted_at IS NULL;
CREATE INDEX app_uid_folded ON app (lower(uid COLLATE "C"), seq)
  WHERE uid IS NOT NULL AND deleted_at IS NULL;
