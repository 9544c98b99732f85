/**
 * The contract of the store, which every implementation must satisfy, one file per concern. An
 * implementation's tests are one call of `contract` per part, with its harness.
 */
import { describe } from "node:test";
import { testAccept } from "./accept.ts";
import { testAccounting } from "./accounting.ts";
import { testAppLists } from "./app-lists.ts";
import { testApps } from "./apps.ts";
import { testAttemptLog } from "./attempt-log.ts";
import { testBackgroundTaskEvents } from "./background-task-events.ts";
import { testBacklog } from "./backlog.ts";
import { testBreaker } from "./breaker.ts";
import { testBreakerDeadline } from "./breaker-deadline.ts";
import { testDeliveryTransitions } from "./delivery-transitions.ts";
import { testCompletedMessages } from "./completed-messages.ts";
import { testEndpointDeliveries } from "./endpoint-deliveries.ts";
import { testEndpointEvents } from "./endpoint-events.ts";
import { testEndpointHealth } from "./endpoint-health.ts";
import { testEndpointSets } from "./endpoint-sets.ts";
import { testEndpoints } from "./endpoints.ts";
import { testErasedNumbers } from "./erased-numbers.ts";
import { testErasure } from "./erasure.ts";
import { testEventContent } from "./event-content.ts";
import { testEventTypes } from "./event-types.ts";
import { testFanOuts } from "./fan-outs.ts";
import { testFailures } from "./failures.ts";
import { testFanOutsBeside } from "./fan-outs-beside.ts";
import { testFeed } from "./feed.ts";
import type { Harness } from "./harness.ts";
import { testHistoryOfAttempts } from "./history-attempts.ts";
import { testHistory } from "./history.ts";
import { testIdempotency } from "./idempotency.ts";
import { testJobProgress } from "./job-progress.ts";
import { testJobs } from "./jobs.ts";
import { testKeys } from "./keys.ts";
import { testLeases } from "./leases.ts";
import { testLineLogins } from "./line-logins.ts";
import { testLineSessions } from "./line-sessions.ts";
import { testLimitsAtBound } from "./limits-at-bound.ts";
import { testLimits } from "./limits.ts";
import { testLines } from "./lines.ts";
import { testMessageLists } from "./message-lists.ts";
import { testMessages } from "./messages.ts";
import { testNamedMessages } from "./named-messages.ts";
import { testOlderEvents } from "./older-events.ts";
import { testOperationalEvents } from "./operational-events.ts";
import { testAudit } from "./audit.ts";
import { testContentSlices } from "./content-slices.ts";
import { testDashboardSessions } from "./dashboard-sessions.ts";
import { testOperatorKeys } from "./operator-keys.ts";
import { testOrdering } from "./ordering.ts";
import { testPayloadFilters } from "./payload-filters.ts";
import { testPendingBytes } from "./pending-bytes.ts";
import { testPing } from "./ping.ts";
import { testPurgedContents } from "./purged-contents.ts";
import { testPortal } from "./portal.ts";
import { testPollers } from "./pollers.ts";
import { testQueue } from "./queue.ts";
import { testRecovery } from "./recovery.ts";
import { testReplayEstimates } from "./replay-estimates.ts";
import { testReplayGroups } from "./replay-groups.ts";
import { testReplays } from "./replays.ts";
import { testRetention } from "./retention.ts";
import { testSeries } from "./series.ts";
import { testSealedEvents } from "./sealed-events.ts";
import { testSearchHits } from "./search-hits.ts";
import { testSearch } from "./search.ts";
import { testStatistics } from "./statistics.ts";
import { testEncryption } from "./encryption.ts";
import { testTextStory } from "./text-story.ts";
import { testLongTexts, testTexts } from "./texts.ts";
import { testUnreadEvents } from "./unread-events.ts";
import { testUserIds } from "./user-ids.ts";
import { testUpserts } from "./upserts.ts";

/**
 * Each part runs as one test file of each store, so the parts take about the same time. A new concern belongs
 * to the part of its noun.
 */
export const PARTS = {
  tenancy: [
    testApps,
    testAppLists,
    testEventTypes,
    testUpserts,
    testKeys,
    testLines,
    testLineSessions,
    testLineLogins,
    testPortal,
    testOperatorKeys,
    testDashboardSessions,
    testAudit,
    testEndpoints,
    testEndpointSets,
    testEndpointHealth,
    testPayloadFilters,
    testLimits,
    testLimitsAtBound,
    testEndpointDeliveries,
    testEncryption,
  ],
  accept: [
    testAccept,
    testPing,
    testIdempotency,
    testMessages,
    testNamedMessages,
    testCompletedMessages,
    testUserIds,
    testOlderEvents,
    testFanOuts,
    testFanOutsBeside,
    testUnreadEvents,
  ],
  history: [
    testFeed,
    testPollers,
    testHistory,
    testHistoryOfAttempts,
    testFailures,
    testMessageLists,
    testTexts,
    testLongTexts,
    testTextStory,
    testEventContent,
    testSearch,
    testSearchHits,
    testSealedEvents,
    testOperationalEvents,
    testEndpointEvents,
    testAttemptLog,
    testBackgroundTaskEvents,
    testJobs,
    testJobProgress,
    testReplays,
    testReplayEstimates,
    testReplayGroups,
    testStatistics,
    testSeries,
  ],
  queue: [
    testQueue,
    testOrdering,
    testLeases,
    testRecovery,
    testBreaker,
    testBreakerDeadline,
    testBacklog,
    testPendingBytes,
    testDeliveryTransitions,
  ],
  maintenance: [
    testRetention,
    testErasure,
    testErasedNumbers,
    testPurgedContents,
    testContentSlices,
    testAccounting,
  ],
} satisfies Readonly<Record<string, readonly ((harness: Harness) => void)[]>>;

export function contract(harness: Harness, part: keyof typeof PARTS): void {
  describe(`the store contract on ${harness.name}`, () => {
    for (const testConcern of PARTS[part]) testConcern(harness);
  });
}
