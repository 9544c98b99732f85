-- An attempt whose kept connection broke under it, and which was sent once more on a new one.
ALTER TABLE attempt ADD COLUMN resent INTEGER NOT NULL DEFAULT 0;
