-- Sums for charts: results of attempts (n0 to n5) and histograms of three times (n6 to n47), by endpoint, by
-- application and dialect (endpointSeq 0), and over all applications (appSeq 0). Null is zero.
-- Appended by each node, and folded into all spans by the sweep.
CREATE TABLE seriesRecent (
  seq INTEGER PRIMARY KEY,
  appSeq INTEGER NOT NULL,
  endpointSeq INTEGER NOT NULL,
  at INTEGER NOT NULL,              -- start of the minute
  dialect TEXT NOT NULL,            -- or accept, backlog
  n0 INTEGER, n1 INTEGER, n2 INTEGER, n3 INTEGER, n4 INTEGER, n5 INTEGER, n6 INTEGER, n7 INTEGER,
  n8 INTEGER, n9 INTEGER, n10 INTEGER, n11 INTEGER, n12 INTEGER, n13 INTEGER, n14 INTEGER, n15 INTEGER,
  n16 INTEGER, n17 INTEGER, n18 INTEGER, n19 INTEGER, n20 INTEGER, n21 INTEGER, n22 INTEGER, n23 INTEGER,
  n24 INTEGER, n25 INTEGER, n26 INTEGER, n27 INTEGER, n28 INTEGER, n29 INTEGER, n30 INTEGER, n31 INTEGER,
  n32 INTEGER, n33 INTEGER, n34 INTEGER, n35 INTEGER, n36 INTEGER, n37 INTEGER, n38 INTEGER, n39 INTEGER,
  n40 INTEGER, n41 INTEGER, n42 INTEGER, n43 INTEGER, n44 INTEGER, n45 INTEGER, n46 INTEGER, n47 INTEGER,
  pending INTEGER,                  -- samples of a backlog
  parked INTEGER
) STRICT;
CREATE INDEX seriesRecent_subject ON seriesRecent (appSeq, endpointSeq);

CREATE TABLE series (
  appSeq INTEGER NOT NULL,
  endpointSeq INTEGER NOT NULL,
  span INTEGER NOT NULL,            -- milliseconds
  at INTEGER NOT NULL,
  dialect TEXT NOT NULL,
  n0 INTEGER, n1 INTEGER, n2 INTEGER, n3 INTEGER, n4 INTEGER, n5 INTEGER, n6 INTEGER, n7 INTEGER,
  n8 INTEGER, n9 INTEGER, n10 INTEGER, n11 INTEGER, n12 INTEGER, n13 INTEGER, n14 INTEGER, n15 INTEGER,
  n16 INTEGER, n17 INTEGER, n18 INTEGER, n19 INTEGER, n20 INTEGER, n21 INTEGER, n22 INTEGER, n23 INTEGER,
  n24 INTEGER, n25 INTEGER, n26 INTEGER, n27 INTEGER, n28 INTEGER, n29 INTEGER, n30 INTEGER, n31 INTEGER,
  n32 INTEGER, n33 INTEGER, n34 INTEGER, n35 INTEGER, n36 INTEGER, n37 INTEGER, n38 INTEGER, n39 INTEGER,
  n40 INTEGER, n41 INTEGER, n42 INTEGER, n43 INTEGER, n44 INTEGER, n45 INTEGER, n46 INTEGER, n47 INTEGER,
  pending INTEGER,
  parked INTEGER,
  PRIMARY KEY (appSeq, endpointSeq, span, at, dialect)
) STRICT, WITHOUT ROWID;
CREATE INDEX series_old ON series (span, at);
