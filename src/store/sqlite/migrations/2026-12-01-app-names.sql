-- Applications are found by the beginning of their name or uid, in any case of ASCII letters.
CREATE INDEX app_name ON app (lower(name), seq) WHERE deletedAt IS NULL;
CREATE INDEX app_uidFolded ON app (lower(uid), seq) WHERE uid IS NOT NULL AND deletedAt IS NULL;
