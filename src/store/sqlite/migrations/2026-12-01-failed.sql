-- Deliveries by the time of their failure. A row gets its application when it fails and keeps it, so the rows
-- and indexes of other deliveries have nothing more to write. The first start reads every delivery once.
ALTER TABLE delivery ADD COLUMN failedApp INTEGER;
UPDATE delivery SET failedApp = (SELECT appSeq FROM endpoint WHERE endpoint.seq = delivery.endpointSeq)
  WHERE state = 2;
CREATE INDEX delivery_failedAt ON delivery (finishedAt) WHERE state = 2;
CREATE INDEX delivery_failedApp ON delivery (failedApp, finishedAt) WHERE state = 2;
CREATE INDEX delivery_failedOf ON delivery (endpointSeq, finishedAt) WHERE state = 2;
