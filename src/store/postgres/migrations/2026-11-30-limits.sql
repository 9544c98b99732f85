-- An application's own limits as JSON, and what its live endpoints use of their limits (store/endpoints/usage.ts).
-- Oldest program that can run beside this schema: the one that made it, because older ones do not count.
ALTER TABLE app ADD COLUMN own_limits TEXT;
ALTER TABLE app ADD COLUMN endpoint_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE app ADD COLUMN filter_bytes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE app ADD COLUMN endpoint_bytes BIGINT NOT NULL DEFAULT 0;

UPDATE app SET endpoint_count = used.endpoints, filter_bytes = used.filters, endpoint_bytes = used.others
FROM (
  SELECT app_seq, count(*) AS endpoints,
    sum(coalesce(octet_length(event_types), 0) + coalesce(octet_length(channels), 0)
      + coalesce(octet_length(tags), 0) + coalesce(octet_length(lines), 0)
      + coalesce(octet_length(filter), 0)) AS filters,
    sum(coalesce(octet_length(uid), 0) + octet_length(url) + octet_length(description)
      + octet_length(metadata) + octet_length(header_names) + coalesce(octet_length(encrypted_headers), 0)
      + coalesce(octet_length(encrypted_tls), 0) + coalesce(octet_length(encrypted_userinfo), 0)
      + coalesce(octet_length(dialect_options), 0)) AS others
  FROM endpoint WHERE status <> 'deleted' GROUP BY app_seq
) AS used
WHERE used.app_seq = app.seq;
