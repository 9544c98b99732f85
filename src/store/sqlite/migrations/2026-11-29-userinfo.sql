-- Encrypted JSON {origin, user, password} of the endpoint's URL. NULL where the URL has no user name.
ALTER TABLE endpoint ADD COLUMN sealedUserinfo BLOB;
