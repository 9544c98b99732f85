-- A numeric username has one form, E.164 (core/username.ts), so that no second line can have another
-- spelling of it. If the usernames of several lines become equal, the line with that number keeps it,
-- otherwise the line that was registered first. The other lines get their ids as usernames.

CREATE TEMP TABLE spelling AS
SELECT seq, number, registeredAt,
  replace(replace(replace(replace(
    CASE WHEN lower(username) LIKE 'ptn:/%' THEN substr(username, 6) ELSE username END,
    '(', ''), ')', ''), '.', ''), '-', '') AS plain
FROM line WHERE username IS NOT NULL;

CREATE TEMP TABLE wanted AS
SELECT seq, number, registeredAt,
  CASE
    WHEN length(plain) = 10 AND plain GLOB '[2-9]*' THEN '+1' || plain
    WHEN length(plain) = 11 AND plain GLOB '1[2-9]*' THEN '+' || plain
    WHEN plain GLOB '+*' THEN plain
    WHEN plain GLOB '00*' THEN '+' || substr(plain, 3)
    ELSE '+' || plain
  END AS username
FROM spelling
WHERE ltrim(plain, '+') <> '' AND ltrim(plain, '+') NOT GLOB '*[^0-9]*';

DELETE FROM wanted
WHERE username NOT GLOB '+[1-9]*' OR substr(username, 2) GLOB '*[^0-9]*'
  OR length(username) NOT BETWEEN 8 AND 16;

UPDATE line SET username = lineId WHERE seq IN (SELECT seq FROM wanted);

UPDATE line SET username = (SELECT wanted.username FROM wanted WHERE wanted.seq = line.seq)
WHERE seq IN (
  SELECT seq FROM (
    SELECT seq, row_number() OVER (
      PARTITION BY username ORDER BY number <> username, registeredAt, seq
    ) AS place FROM wanted
  ) WHERE place = 1
);

DROP TABLE wanted;
DROP TABLE spelling;
