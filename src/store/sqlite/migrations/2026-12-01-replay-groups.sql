-- Tasks that one call made, and tasks that wait for their turn (state `waiting`).
ALTER TABLE job ADD COLUMN groupId TEXT;
CREATE INDEX job_group ON job (groupId, seq) WHERE groupId IS NOT NULL;
CREATE INDEX job_waiting ON job (appSeq) WHERE state = 'waiting';
CREATE INDEX job_turn ON job (state) WHERE state = 'waiting';
