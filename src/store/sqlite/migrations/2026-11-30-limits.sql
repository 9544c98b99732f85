-- An application's own limits as JSON, and what its live endpoints use of their limits (store/endpoints/usage.ts).
ALTER TABLE app ADD COLUMN ownLimits TEXT;
ALTER TABLE app ADD COLUMN endpointCount INTEGER NOT NULL DEFAULT 0;
ALTER TABLE app ADD COLUMN filterBytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE app ADD COLUMN endpointBytes INTEGER NOT NULL DEFAULT 0;

UPDATE app SET endpointCount = used.endpoints, filterBytes = used.filters, endpointBytes = used.others
FROM (
  SELECT appSeq, count(*) AS endpoints,
    sum(ifnull(octet_length(eventTypes), 0) + ifnull(octet_length(channels), 0)
      + ifnull(octet_length(tags), 0) + ifnull(octet_length(lines), 0)
      + ifnull(octet_length(filter), 0)) AS filters,
    sum(ifnull(octet_length(uid), 0) + octet_length(url) + octet_length(description)
      + octet_length(metadata) + octet_length(headerNames) + ifnull(octet_length(encryptedHeaders), 0)
      + ifnull(octet_length(encryptedTls), 0) + ifnull(octet_length(encryptedUserinfo), 0)
      + ifnull(octet_length(dialectOptions), 0)) AS others
  FROM endpoint WHERE status <> 'deleted' GROUP BY appSeq
) AS used
WHERE used.appSeq = app.seq;
