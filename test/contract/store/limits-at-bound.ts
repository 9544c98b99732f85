/** Contract: every limit with a setting refuses at its bound, by its name. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AppError } from "../../../src/core/error.ts";
import { LIMITS, type SettingLimitName } from "../../../src/core/limits.ts";
import { createStoredAnswerBytes } from "../../../src/delivery/limits/stored-answer-bytes.ts";
import type { PublishResult } from "../../../src/store/interface/accept.ts";
import type { Endpoint } from "../../../src/store/interface/endpoints.ts";
import { makeApp, mustPublish, newEndpoint, newEvent, publish } from "./fixtures.ts";
import { type Harness, START } from "./harness.ts";
import { type Story, story } from "./story.ts";

type Case = {
  /** The number of the limit in this case. */
  readonly limit: number;
  /** Reaches the limit, and returns the text in which it is named. */
  reach(story: Story): Promise<string>;
};

const sized = (bytes: number) => newEvent({ payloadText: `"${"x".repeat(bytes - 2)}"` });

const create =
  (fields: Partial<Endpoint>): Case["reach"] =>
  async ({ store, app }) => {
    const endpoint = newEndpoint(app.id, fields);
    return await refusalOf(
      store.endpoints.create({ appRef: app.id, endpoint, idempotencyKey: null }),
    );
  };

/** The listener and the engine keep these: `src/http/oversized-bodies.test.ts`, `test/e2e/`. */
type KeptElsewhere = "eventBytes" | "batchBytes" | "attemptsInFlight";

/** A limit without a case does not compile. */
const CASES: Record<Exclude<SettingLimitName, KeptElsewhere>, Case> = {
  endpoints: { limit: 1, reach: create({}) },
  filterBytes: { limit: 1024, reach: create({ tags: ["x".repeat(1024)] }) },
  endpointBytes: { limit: 1024, reach: create({ description: "x".repeat(1024) }) },
  eventsWaiting: {
    limit: 2,
    async reach({ store, app }) {
      const waiting = publish(store, app.id, [newEvent()]);
      const refused = await refusalOf(publish(store, app.id, [newEvent(), newEvent()]));
      await waiting;
      await mustPublish(store, app.id, [newEvent(), newEvent()]);
      return refused;
    },
  },
  eventsWaitingInAll: {
    limit: 2,
    async reach({ store, app }) {
      const { app: other } = await makeApp(store);
      const waiting = publish(store, app.id, [newEvent()]);
      const refused = await refusalOf(publish(store, other.id, [newEvent(), newEvent()]));
      await waiting;
      await mustPublish(store, other.id, [newEvent(), newEvent()]);
      return refused;
    },
  },
  deliveriesPerPublish: {
    limit: 1,
    async reach({ store, app }) {
      await mustPublish(store, app.id, [newEvent()]);
      return messageOf(await publish(store, app.id, [newEvent(), newEvent()]));
    },
  },
  pendingDeliveries: {
    limit: 1,
    async reach({ store, app }) {
      // No call is refused: the further delivery fails at once.
      const { backlogFull } = await mustPublish(store, app.id, [newEvent(), newEvent()]);
      return backlogFull === 1 ? "Limit: pending_deliveries." : "accepted";
    },
  },
  pendingBytes: {
    limit: 1024,
    async reach({ store, app }) {
      await mustPublish(store, app.id, [sized(1024)]);
      return messageOf(await publish(store, app.id, [newEvent()]));
    },
  },
  storedAnswerBytes: {
    limit: 4,
    reach: async ({ app }) =>
      createStoredAnswerBytes(4).count("12345", {
        detail: null,
        appId: app.id,
        ownLimit: null,
        now: START,
      }),
  },
};

export function testLimitsAtBound(harness: Harness): void {
  describe("a limit at its bound", () => {
    for (const [key, { limit, reach }] of Object.entries(CASES)) {
      const { name } = LIMITS[key as SettingLimitName];
      test(`is named when it is reached: ${name}`, () =>
        story(harness, { open: { limits: { [key]: limit } } }, async (given) => {
          assert.match(await reach(given), new RegExp(`Limit: ${name}\\.`));
          assert.deepEqual((await given.store.upkeep.check()).problems, []);
        }));
    }
  });
}

function messageOf(result: PublishResult): string {
  return result.kind === "refused" ? result.message : "accepted";
}

async function refusalOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    return error.message;
  }
  return "accepted";
}
