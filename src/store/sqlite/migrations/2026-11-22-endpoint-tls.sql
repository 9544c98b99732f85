-- A client certificate and private authorities of an endpoint.
-- Oldest program that can run beside this schema: 0.1.0 with this migration in its list.

ALTER TABLE endpoint ADD COLUMN sealedTls BLOB;  -- sealed JSON {clientCert, clientKey, ca}; null is none
