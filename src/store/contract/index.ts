/**
 * The store's contract: what every implementation must do, one file per concern. An implementation's
 * own test is one call of `contract` with its harness.
 */
import { describe } from "node:test";
import { testAccept } from "./accept.ts";
import { testBacklog } from "./backlog.ts";
import { testFeed } from "./feed.ts";
import type { Harness } from "./harness.ts";
import { testIdempotency } from "./idempotency.ts";
import { testLeases } from "./leases.ts";
import { testOrdering } from "./ordering.ts";
import { testQueue } from "./queue.ts";
import { testRecovery } from "./recovery.ts";

const CONCERNS = [
  testAccept,
  testIdempotency,
  testQueue,
  testOrdering,
  testLeases,
  testRecovery,
  testFeed,
  testBacklog,
];

export function contract(harness: Harness): void {
  describe(`the store contract on ${harness.name}`, () => {
    for (const testConcern of CONCERNS) testConcern(harness);
  });
}
