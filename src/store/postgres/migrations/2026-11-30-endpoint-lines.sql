-- An entry of an index has at most 2,704 octets, so an endpoint with more than 160 lines could not be stored.
-- Only endpoints of one line are looked up by it, and their lists are shorter than this prefix.
--
-- Oldest program that can run beside this schema: 2026-11-30-erased-numbers
DROP INDEX endpoint_line;
CREATE INDEX endpoint_line ON endpoint (app_seq, substr(lines, 1, 64))
  WHERE lines IS NOT NULL AND status <> 'deleted';
