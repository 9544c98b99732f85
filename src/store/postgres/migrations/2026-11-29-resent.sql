-- An attempt whose kept connection broke under it, and which was sent once more on a new one.
--
-- Oldest program that can run beside this schema: 0.1.0.
ALTER TABLE attempt ADD COLUMN resent BOOLEAN NOT NULL DEFAULT false;
