-- Ids that commits have added to the dedupe windows lately: one row per commit, a JSON list of keys and refs in
-- turn. The writer moves many into the current window at once, in the order of the keys (decisions/036-window-log.md).
CREATE TABLE windowLog (
  seq INTEGER PRIMARY KEY,
  ids TEXT NOT NULL
) STRICT;
