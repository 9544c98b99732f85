-- Tasks that one call made, and tasks that wait for their turn (state `waiting`). An older program does not start
-- those that wait.
--
-- Oldest program that can run beside this schema: 2026-12-01-replay-groups
ALTER TABLE job ADD COLUMN group_id TEXT;
CREATE INDEX job_group ON job (group_id, seq) WHERE group_id IS NOT NULL;
CREATE INDEX job_waiting ON job (app_seq) WHERE state = 'waiting';
CREATE INDEX job_turn ON job (seq) WHERE state = 'waiting';
