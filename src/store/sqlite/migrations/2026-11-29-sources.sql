-- No program wrote to this table, and PostgreSQL never had it.
DROP TABLE source;
