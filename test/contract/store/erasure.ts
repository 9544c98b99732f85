/** Contract: erasure. Deleted content is in no column of any table and, on SQLite, in no byte of the files. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { writeDetail } from "../../../src/core/delivery/attempt-detail.ts";
import type { NewEvent } from "../../../src/core/decide-types.ts";
import type { Store } from "../../../src/store/store.ts";
import {
  delivered,
  mustPublish,
  newApp,
  newAttempt,
  newEndpoint,
  newLine,
  receivedText,
  SAMPLE_DETAIL,
} from "./fixtures.ts";
import { type Harness, type Opened, START } from "./harness.ts";
import { newJob, startJob } from "./jobs.ts";
import { claimDue, DAY, HOUR, idempotencyKey, publishAt, sweepAll } from "./steps.ts";
import { APP, EMPTY, story } from "./story.ts";

const LINE = "+12065550199";
const CONTACT = "+12065550100";
const LONG = "long-text ".repeat(2_000);

/** The places that contain one of the texts, as "text in place". */
export async function findTraces(opened: Opened, texts: readonly string[]): Promise<string[]> {
  const contents = await opened.contents();
  return texts.flatMap((text) =>
    [...contents].flatMap(([place, bytes]) => (bytes.includes(text) ? `${text} in ${place}` : [])),
  );
}

/** Sends the due deliveries; the receiver repeats each payload in its answer and in a header. */
export async function deliver(store: Store): Promise<void> {
  const leased = await claimDue(store, START + HOUR);
  assert.notEqual(leased.length, 0);
  const url = "https://example.com/hook?token=url-token";
  const { stale } = await store.queue.record({
    outcomes: leased.map((delivery) => {
      const response = delivery.snapshot.payloadText;
      const detail = writeDetail({ ...SAMPLE_DETAIL, headers: [["x-echo", response]] });
      return {
        ...delivered(delivery),
        attempt: newAttempt({ at: START + HOUR, response, detail, url }),
      };
    }),
    now: START + HOUR,
  });
  assert.deepEqual(stale, []);
}

/** A text with all that an event can have: attachments, search fields, an opt-out that is derived. */
export function fullText(id: string, more: Partial<NewEvent> = {}): NewEvent {
  const event = receivedText({ id, text: `STOP secret-text ${LONG}` });
  const media = [{ url: "https://media.example/media-token.png", contentType: "image/png" }];
  return {
    ...event,
    canonical: { message: { ...event.canonical?.message, id, media } },
    ...more,
  };
}

/** A store in which every `fullText` opts out. */
export const OPT_OUTS = {
  accept: {
    decide: {
      optOutMatch: "contains",
      stopKeywords: ["STOP"],
      unstopKeywords: ["UNSTOP"],
      largeTextBytes: 10_000,
    },
    queueLimit: 10_000,
  },
} as const;

export function testErasure(harness: Harness): void {
  const open = OPT_OUTS;

  describe("erasure", () => {
    test("the sweep leaves nothing of a deleted application", () =>
      story(harness, { ...EMPTY, open }, async ({ opened, store }) => {
        const app = newApp({
          uid: "app-uid",
          name: "app-title",
          metadata: { accountEmail: "app-email@example.com" },
        });
        await store.apps.create({ app, idempotencyKey: null });
        const appRef = app.id;
        const fields = {
          url: "https://example.com/hook?token=url-token",
          description: "endpoint-description",
          metadata: { note: "endpoint-metadata" },
          uid: "endpoint-uid",
          headerNames: ["x-header-name"],
        };
        const made = await store.endpoints.create({
          appRef,
          endpoint: newEndpoint(appRef, fields),
          idempotencyKey: {
            ...idempotencyKey("idempotency-1"),
            scope: "operator POST /api/v1/app/:app/endpoint",
          },
        });
        const unseen = newEndpoint(appRef, { ...fields, uid: null, channels: ["none"] });
        await store.endpoints.create({ appRef, endpoint: unseen, idempotencyKey: null });
        const key = {
          id: "key-of-app",
          appId: appRef,
          kind: "sendblue",
          scopes: ["webhooks"],
          secretHash: Buffer.from("secret-hash"),
          keyId: "name-of-key",
          createdAt: START,
          revokedAt: null,
        } as const;
        await store.keys.create({ key });
        await store.lines.create({
          line: newLine(appRef, { number: LINE, name: "line-name", username: "line-username" }),
        });
        const login = { id: "login-id", username: "login-username", passwordHash: "login-hash" };
        await store.lines.createLogin({ appRef, ref: LINE, login: { ...login, createdAt: START } });
        const events = [1, 2, 3].map((n) =>
          fullText(`message-id-${n}`, {
            eventId: `event-id-${n}`,
            orderingKey: "ordering-key",
            channels: ["a-channel"],
            tags: ["a-tag"],
          }),
        );
        await mustPublish(store, appRef, events, {
          idempotencyKey: {
            ...idempotencyKey("idempotency-2"),
            scope: "key-of-app POST /api/v1/app/:app/msg",
          },
        });
        const [expunged] = events;
        await store.history.expungeEvent({ appRef, eventId: expunged?.id ?? "", now: START });
        await deliver(store);
        await startJob(store, {
          appRef,
          endpointRef: made?.value.endpointId ?? "",
          job: newJob("endpoint.bulk-replay", { filter: { tag: "job-tag" } }),
        });
        const secrets = [
          ..."app-uid app-title app-email url-token endpoint-description endpoint-metadata".split(
            " ",
          ),
          ..."endpoint-uid x-header-name idempotency-1 idempotency-2 key-of-app".split(" "),
          ..."secret-hash name-of-key line-name line-username event-id- message-id-".split(" "),
          ..."login-id login-username login-hash".split(" "),
          ..."ordering-key a-channel a-tag job-tag secret-text media-token long-text".split(" "),
          LINE,
          CONTACT,
        ];
        const before = await findTraces(opened, secrets);
        for (const secret of secrets) {
          assert.ok(
            before.some((trace) => trace.startsWith(`${secret} in `)),
            `no ${secret}`,
          );
        }
        await store.apps.delete({ ref: appRef, now: START + HOUR });
        await sweepAll(store, START + HOUR);
        assert.deepEqual(await findTraces(opened, secrets), []);
        const { apps, problems } = await store.upkeep.check();
        assert.deepEqual(problems, []);
        assert.deepEqual([apps[0]?.created, apps[0]?.pending], [7, 0]);
      }));

    test("an expunged message takes its derived opt-out and its answers with it", () =>
      story(harness, { engine: false, open }, async ({ opened, store, app }) => {
        const text = fullText("m1");
        await publishAt(store, app.id, START, text);
        await publishAt(store, app.id, START, receivedText({ id: "m2", text: "kept-text" }));
        await deliver(store);
        const secrets = ["secret-text", "media-token", "long-text"];
        assert.notDeepEqual(await findTraces(opened, secrets), []);
        await store.history.expungeEvent({ appRef: app.id, eventId: text.id, now: START + HOUR });
        await sweepAll(store, START + HOUR);
        assert.deepEqual(await findTraces(opened, secrets), []);
        assert.notDeepEqual(await findTraces(opened, ["kept-text"]), []);
        assert.deepEqual((await store.upkeep.check()).problems, []);
      }));

    test("a deleted endpoint has no settings once its deliveries have ended", () =>
      story(harness, APP, async ({ opened, store, app }) => {
        const endpoint = newEndpoint(app.id, {
          url: "https://example.com/hook?token=url-token",
          description: "endpoint-description",
        });
        await store.endpoints.create({ appRef: app.id, endpoint, idempotencyKey: null });
        await publishAt(store, app.id, START);
        const change = { status: "deleted" } as const;
        const ref = endpoint.endpointId;
        await store.endpoints.update({ appRef: app.id, ref, change, now: START });
        await sweepAll(store, START + DAY);
        assert.deepEqual(await findTraces(opened, ["url-token", "endpoint-description"]), []);
        assert.deepEqual((await store.upkeep.check()).problems, []);
      }));
  });
}
