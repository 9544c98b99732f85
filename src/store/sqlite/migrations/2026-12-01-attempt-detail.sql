-- How an attempt went on the wire: headers of the answer, times, peer; JSON. Null where nothing is kept, which takes
-- one byte of a row.
ALTER TABLE attempt ADD COLUMN detail TEXT;
