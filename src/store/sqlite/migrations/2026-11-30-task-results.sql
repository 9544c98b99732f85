-- The results of statistics tasks: a row per application, or per application and event type.
CREATE TABLE jobResult (
  jobSeq INTEGER NOT NULL,
  appSeq INTEGER NOT NULL,
  name TEXT NOT NULL,               -- of an event type; empty for the application itself
  amount INTEGER NOT NULL,
  PRIMARY KEY (jobSeq, appSeq, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX jobResult_app ON jobResult (appSeq);
