-- Names of the signature headers: NULL, both, webhook or svix. NULL inherits from the app or the server.
-- Oldest program that can run beside this schema: 0.1.0.
ALTER TABLE app ADD COLUMN signature_headers TEXT;
ALTER TABLE endpoint ADD COLUMN signature_headers TEXT;
