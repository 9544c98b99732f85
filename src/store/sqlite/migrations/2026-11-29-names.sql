-- The columns get the names that the program uses.
ALTER TABLE source RENAME COLUMN sealedCredentials TO encryptedCredentials;
ALTER TABLE endpoint RENAME COLUMN sealedHeaders TO encryptedHeaders;
ALTER TABLE endpoint RENAME COLUMN sealedTls TO encryptedTls;
ALTER TABLE endpointSecret RENAME COLUMN sealed TO encrypted;
ALTER TABLE dialectState RENAME COLUMN sealed TO encrypted;
ALTER TABLE event RENAME COLUMN parties TO participants;
ALTER TABLE tally RENAME COLUMN owedBytes TO pendingBytes;
ALTER TABLE tallyTotal RENAME COLUMN owedBytes TO pendingBytes;
ALTER TABLE endpoint RENAME COLUMN sealedUserinfo TO encryptedUserinfo;
