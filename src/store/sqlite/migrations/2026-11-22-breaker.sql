-- What an open breaker remembers, and how the deliveries behind it are found when their 72 hours end.
-- Oldest program that can run beside this schema: 0.1.0 with this migration in its list.

-- `breaker` is 'closed' or 'open'; open: `breakerChangedAt` is since when, `probeAt` when the next probe
-- may leave, `probeStep` which wait it is, and this the end of the latest probe that failed.
ALTER TABLE endpointState ADD COLUMN probeFailedAt INTEGER;
CREATE INDEX endpointState_open ON endpointState (breaker) WHERE breaker = 'open';

-- Owed deliveries that are not due when their schedule began: those that were tried before, or let go
-- by their ordering key. All others lie in `delivery_due` in the order of their schedules. Nothing
-- that is delivered at its first attempt ever enters it.
CREATE INDEX delivery_moved ON delivery (endpointSeq, baseAt) WHERE state = 0 AND dueAt <> baseAt;
