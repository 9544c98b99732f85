-- Message ids whose low 10 bits are 0 (decisions/010-snowflakes.md): 256 node numbers, each with the
-- millisecond that its ids may have reached. Ids of the earlier layout may be equal to ids of another
-- number in the same millisecond, so every number starts after the last of them.
--
-- Oldest program that can run beside this schema: 2026-11-29-snowflakes

INSERT INTO snowflake_node AS known (number, holder, held_until, latest_ms)
SELECT series.number, '', 0, coalesce((SELECT max(latest_ms) FROM snowflake_node), 0)
FROM generate_series(0, 255) AS series (number)
ON CONFLICT (number) DO UPDATE SET holder = '', held_until = 0, latest_ms = excluded.latest_ms;

DELETE FROM snowflake_node WHERE number > 255;
