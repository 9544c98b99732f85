-- How an attempt went on the wire: headers of the answer, times, peer; JSON. Null where nothing is kept. An older
-- program would leave the headers of answers whose content it deletes.
--
-- Oldest program that can run beside this schema: 2026-12-01-attempt-detail
ALTER TABLE attempt ADD COLUMN detail TEXT;
