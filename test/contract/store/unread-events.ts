/** Contract: an event under a built-in name whose payload the server does not read reaches native endpoints only. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { NewEvent } from "../../../src/core/decide-types.ts";
import type { Store } from "../../../src/store/store.ts";
import { mustPublish, newEndpoint, newEvent } from "./fixtures.ts";
import { runParts } from "./fan-out-steps.ts";
import { START, type Harness } from "./harness.ts";
import { newJob, runJobs, startJob } from "./jobs.ts";
import { claimDue } from "./steps.ts";
import { story } from "./story.ts";

const CHANNEL = "whatsapp";
const ENDPOINTS = [{}, { dialect: "chirp" }, { dialect: "sendblue" }] as const;
const unread = (): NewEvent => newEvent({ type: "contact.created", payloadText: '{"vip":true}' });
const read = (): NewEvent =>
  newEvent({
    type: "contact.created",
    payloadText: '{"contact":"+12065550100"}',
    canonical: { contact: "+12065550100", line: "+12065550199", contactChannel: CHANNEL },
  });

/** The endpoints that have a due delivery of the event. */
async function listTargets(store: Store): Promise<(event: NewEvent) => readonly string[]> {
  const leased = await claimDue(store, START);
  return ({ id }) =>
    leased
      .filter(({ snapshot }) => snapshot.eventId === id)
      .map(({ endpointId }) => endpointId)
      .toSorted();
}

export function testUnreadEvents(harness: Harness): void {
  describe("an event that is not read", () => {
    test("reaches native endpoints only, and enters no register", () =>
      story(harness, { endpoints: ENDPOINTS, engine: false }, async ({ store, app, endpoints }) => {
        const [known, foreign] = [read(), unread()];
        await mustPublish(store, app.id, [known, foreign]);
        const toTargets = await listTargets(store);
        assert.equal(toTargets(known).length, 3);
        assert.deepEqual(toTargets(foreign), [endpoints[0]?.endpointId]);
        assert.deepEqual((await store.upkeep.check()).problems, []);
      }));

    test("is not replayed to an endpoint of another API that missed it", () =>
      story(harness, { endpoints: [{}], engine: false }, async ({ store, app }) => {
        const [known, foreign] = [read(), unread()];
        await mustPublish(store, app.id, [known, foreign]);
        await claimDue(store, START);
        const missed = async (dialect: "svix" | "chirp") => {
          const endpoint = newEndpoint(app.id, { dialect });
          await store.endpoints.create({ appRef: app.id, endpoint, idempotencyKey: null });
          const { endpointId: endpointRef } = endpoint;
          await startJob(store, { appRef: app.id, endpointRef, job: newJob("endpoint.replay") });
          await runJobs(store, START);
          return (await claimDue(store, START)).map(({ snapshot }) => snapshot.eventId);
        };
        assert.deepEqual(await missed("chirp"), [known.id]);
        assert.deepEqual(new Set(await missed("svix")), new Set([known.id, foreign.id]));
      }));

    test("reaches native endpoints only when its deliveries are made in parts", () =>
      story(
        harness,
        { endpoints: ENDPOINTS, engine: false, open: { limits: { inlineDeliveries: 1 } } },
        async ({ store, app, endpoints }) => {
          const [known, foreign] = [read(), unread()];
          await mustPublish(store, app.id, [known, foreign]);
          await runParts(store);
          const toTargets = await listTargets(store);
          assert.equal(toTargets(known).length, 3);
          assert.deepEqual(toTargets(foreign), [endpoints[0]?.endpointId]);
        },
      ));
  });
}
