-- Message ids whose low 10 bits are 0 (decisions/010-snowflakes.md): 256 node numbers, each with the
-- latest millisecond that its ids may contain. Ids of the earlier layout may equal ids of another
-- number in the same millisecond, so every number starts after the last of them.

CREATE TABLE snowflakeNode (
  number INTEGER PRIMARY KEY,
  latestMs INTEGER NOT NULL
) STRICT;

WITH RECURSIVE numbers (number) AS (
  SELECT 0 UNION ALL SELECT number + 1 FROM numbers WHERE number < 255
)
INSERT INTO snowflakeNode (number, latestMs)
SELECT number,
  coalesce((SELECT CAST(value AS INTEGER) FROM setting WHERE name = 'snowflake.latestMs'), 0)
FROM numbers;

DELETE FROM setting WHERE name IN ('snowflake.node', 'snowflake.latestMs');
