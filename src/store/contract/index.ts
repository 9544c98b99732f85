/**
 * The store's contract: what every implementation must do, one file per concern. An implementation's
 * own test is one call of `contract` with its harness.
 */
import { describe } from "node:test";
import { testAccept } from "./accept.ts";
import { testAccounting } from "./accounting.ts";
import { testApps } from "./apps.ts";
import { testBacklog } from "./backlog.ts";
import { testEndpointDeliveries } from "./endpoint-deliveries.ts";
import { testEndpoints } from "./endpoints.ts";
import { testEventTypes } from "./event-types.ts";
import { testFeed } from "./feed.ts";
import type { Harness } from "./harness.ts";
import { testHistoryOfAttempts } from "./history-attempts.ts";
import { testHistory } from "./history.ts";
import { testIdempotency } from "./idempotency.ts";
import { testKeys } from "./keys.ts";
import { testLeases } from "./leases.ts";
import { testLines } from "./lines.ts";
import { testOrdering } from "./ordering.ts";
import { testQueue } from "./queue.ts";
import { testRecovery } from "./recovery.ts";
import { testRetention } from "./retention.ts";

const CONCERNS = [
  testApps,
  testEventTypes,
  testKeys,
  testLines,
  testEndpoints,
  testEndpointDeliveries,
  testAccept,
  testIdempotency,
  testQueue,
  testOrdering,
  testLeases,
  testRecovery,
  testFeed,
  testHistory,
  testHistoryOfAttempts,
  testRetention,
  testAccounting,
  testBacklog,
];

export function contract(harness: Harness): void {
  describe(`the store contract on ${harness.name}`, () => {
    for (const testConcern of CONCERNS) testConcern(harness);
  });
}
