-- WhatsApp user ids of contacts. The address is the number, or the user id while no number is known.
CREATE TABLE contactAlias (
  appSeq INTEGER NOT NULL,
  userId TEXT NOT NULL,
  address TEXT NOT NULL,            -- `number` of its contact
  PRIMARY KEY (appSeq, userId)
) STRICT, WITHOUT ROWID;
