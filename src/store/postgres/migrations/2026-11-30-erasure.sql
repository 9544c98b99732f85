-- The sweep deletes all rows of a deleted application, phase by phase, also of those blanked by earlier
-- versions. The row of a deleted endpoint has no settings once its deliveries are folded.
--
-- Oldest program that can run beside this schema: 2026-11-30-erasure
ALTER TABLE app RENAME COLUMN blanked_to TO erase_phase;
UPDATE app SET erase_phase = 0, blanked_at = NULL WHERE deleted_at IS NOT NULL;
UPDATE endpoint SET url = '', description = '', metadata = '{}', header_names = '[]', uid = NULL,
  event_types = NULL, channels = NULL, tags = NULL, lines = NULL, filter = NULL, dialect_options = NULL,
  disabled_reason = NULL WHERE folded_at IS NOT NULL;
