-- Encrypted JSON {origin, user, password} of the endpoint's URL. NULL where the URL has no user name.
-- Oldest program that can run beside this schema: 0.1.0.
ALTER TABLE endpoint ADD COLUMN sealed_userinfo BYTEA;
