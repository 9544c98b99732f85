-- Names of the signature headers: NULL, both, webhook or svix. NULL inherits from the app or the server.
ALTER TABLE app ADD COLUMN signatureHeaders TEXT;
ALTER TABLE endpoint ADD COLUMN signatureHeaders TEXT;
