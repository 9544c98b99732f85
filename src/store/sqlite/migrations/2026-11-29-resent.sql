-- True when a reused connection broke during the attempt and the request was sent again on a new one.
ALTER TABLE attempt ADD COLUMN resent INTEGER NOT NULL DEFAULT 0;
