import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { OPERATOR_APP_ID } from "../../../src/core/events/operational-events.ts";
import type { SetChange } from "../../../src/store/interface/endpoints.ts";
import { encryptedWith, makeApp, newApp, newEndpoint } from "./fixtures.ts";
import { START, type Harness } from "./harness.ts";
import { listOperationalEvents, listReported, makeOperatorEndpoint } from "./operator.ts";
import { EMPTY, story } from "./story.ts";

export function testEndpointEvents(harness: Harness): void {
  describe("operational events of endpoints", () => {
    test("an endpoint that is made, changed, disabled, enabled and deleted is reported each time", () =>
      story(harness, EMPTY, async ({ store }) => {
        await makeOperatorEndpoint(store, null);
        const { app, endpoints } = await makeApp(store, { uid: "hook" });
        const endpointId = endpoints[0]?.endpointId ?? "";
        const place = { appRef: app.id, ref: "hook", now: START };
        await store.endpoints.update({ ...place, change: { description: "x" } });
        const disabled = { status: "disabled", disabledReason: "by_user" } as const;
        await store.endpoints.update({ ...place, change: disabled });
        await store.endpoints.update({ ...place, change: { status: "enabled" } });
        await store.endpoints.rotateSecret({
          ...place,
          encrypted: encryptedWith(1),
          authentication: ["standard-v1"],
          overlapUntil: START,
          idempotencyKey: null,
        });
        await store.endpoints.update({ ...place, change: { status: "deleted" } });

        const subject = { appId: app.id, appUid: null, endpointId, endpointUid: "hook" };
        const manual = { failSince: null, trigger: "manual", reason: "by_user" };
        assert.deepEqual(await listReported(store, (data) => data), [
          ["endpoint.created", subject],
          ["endpoint.updated", subject],
          ["endpoint.updated", subject],
          ["endpoint.disabled", { ...subject, ...manual }],
          ["endpoint.updated", subject],
          ["endpoint.enabled", subject],
          ["endpoint.updated", subject],
          ["endpoint.deleted", subject],
        ]);
        assert.deepEqual((await store.upkeep.check()).problems, []);
      }));

    test("a set of webhooks reports each one that it makes, changes and deletes", () =>
      story(harness, EMPTY, async ({ store }) => {
        await makeOperatorEndpoint(store, null);
        const { value: app } = await store.apps.create({ app: newApp(), idempotencyKey: null });
        const set = { appRef: app.id, dialect: "sendblue", line: null } as const;
        const changeSet = async (change: Partial<SetChange>) => {
          const { token } = (await store.endpoints.readSet(set)) ?? { token: "" };
          const whole = { create: [], update: [], remove: [], ...change };
          assert.notEqual(
            await store.endpoints.changeSet({ ...set, token, change: whole, now: START }),
            null,
          );
        };
        const make = () => newEndpoint(app.id, { dialect: "sendblue" });
        const [kept, removed, late] = [make(), make(), make()];
        await changeSet({ create: [kept, removed] });
        await changeSet({
          update: [{ endpointId: kept.endpointId, change: { description: "x" } }],
          remove: [removed.endpointId],
          create: [late],
        });
        assert.deepEqual(await listReported(store, ({ endpointId }) => endpointId), [
          ["endpoint.created", kept.endpointId],
          ["endpoint.created", removed.endpointId],
          ["endpoint.deleted", removed.endpointId],
          ["endpoint.updated", kept.endpointId],
          ["endpoint.created", late.endpointId],
        ]);
      }));

    test("an endpoint that the server disables is not reported as changed by a call", () =>
      story(harness, EMPTY, async ({ store }) => {
        await makeOperatorEndpoint(store, null);
        const { app, endpoints } = await makeApp(store, {});
        const change = { status: "disabled", disabledReason: "failing" } as const;
        const ref = endpoints[0]?.endpointId ?? "";
        await store.endpoints.update({ appRef: app.id, ref, change, failingSince: 0, now: START });
        assert.deepEqual(await listReported(store, ({ trigger }) => trigger), [
          ["endpoint.created", undefined],
          ["endpoint.disabled", "automatic"],
        ]);
      }));

    test("an event that no endpoint of the operator asks for is not stored", () =>
      story(harness, EMPTY, async ({ store }) => {
        await makeOperatorEndpoint(store, ["endpoint.deleted"]);
        const { app, endpoints } = await makeApp(store, {});
        const update = { appRef: app.id, ref: endpoints[0]?.endpointId ?? "", now: START };
        await store.endpoints.update({ ...update, change: { description: "x" } });
        assert.deepEqual(await listOperationalEvents(store), []);
        await store.endpoints.update({ ...update, change: { status: "deleted" } });
        assert.equal((await listOperationalEvents(store)).length, 1);
      }));

    test("changes of the operator's own endpoints are not reported", () =>
      story(harness, EMPTY, async ({ store }) => {
        const operator = await makeOperatorEndpoint(store, null);
        const update = { appRef: OPERATOR_APP_ID, ref: operator.endpointId, now: START };
        await store.endpoints.update({ ...update, change: { description: "x" } });
        await makeOperatorEndpoint(store, null);
        await store.endpoints.update({ ...update, change: { status: "deleted" } });
        assert.deepEqual(await listOperationalEvents(store), []);
      }));
  });
}
