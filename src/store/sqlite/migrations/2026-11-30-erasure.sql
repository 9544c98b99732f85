-- The sweep deletes all rows of a deleted application, phase by phase, also of those blanked by earlier
-- versions. The row of a deleted endpoint has no settings once its deliveries are folded.
ALTER TABLE app RENAME COLUMN blankedTo TO erasePhase;
UPDATE app SET erasePhase = 0, blankedAt = NULL WHERE deletedAt IS NOT NULL;
UPDATE endpoint SET url = '', description = '', metadata = '{}', headerNames = '[]', uid = NULL,
  eventTypes = NULL, channels = NULL, tags = NULL, lines = NULL, filter = NULL, dialectOptions = NULL,
  disabledReason = NULL WHERE foldedAt IS NOT NULL;
