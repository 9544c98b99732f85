-- A username that is a number has one form, E.164 (core/username.ts), so that no second line can hold
-- another spelling of it. Of several lines whose usernames become one, the line with that number keeps
-- it, else the line that was registered first; the others get their own ids for usernames.
--
-- Oldest program that can run beside this schema: 2026-11-29-snowflakes

CREATE TEMP TABLE wanted ON COMMIT DROP AS
SELECT seq, number, registered_at,
  CASE
    WHEN plain ~ '^1?[2-9][0-9]{9}$' THEN '+1' || right(plain, 10)
    WHEN plain ~ '^[+]' THEN plain
    ELSE '+' || regexp_replace(plain, '^00', '')
  END AS username
FROM (
  SELECT seq, number, registered_at,
    regexp_replace(regexp_replace(username, '^ptn:/', '', 'i'), '[().-]', '', 'g') AS plain
  FROM line WHERE username IS NOT NULL
) AS spelling
WHERE plain ~ '^[+]?[0-9]+$';

DELETE FROM wanted WHERE username !~ '^[+][1-9][0-9]{6,14}$';

UPDATE line SET username = line_id WHERE seq IN (SELECT seq FROM wanted);

UPDATE line SET username = kept.username
FROM (
  SELECT DISTINCT ON (username) seq, username FROM wanted
  ORDER BY username, (number <> username), registered_at, seq
) AS kept
WHERE line.seq = kept.seq;
