/** Contract: contacts with a number, a WhatsApp user id or both (decisions/026). */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { NewEvent } from "../../../src/core/decide-types.ts";
import { fc } from "../../harness/property.ts";
import {
  createIdPairs,
  createPersons,
  LINES,
  NUMBERS,
  STEPS,
  toPersonEvent,
  USER_IDS,
  type PersonStep,
} from "../persons.ts";
import { findTraces, OPT_OUTS } from "./erasure.ts";
import {
  makeApp,
  mustPublish,
  newEvent,
  newLine,
  publish,
  receivedText,
  startEngine,
} from "./fixtures.ts";
import { type Harness, START } from "./harness.ts";
import { runJobs } from "./jobs.ts";
import { publishForSnapshot, requireMessage } from "./message-steps.ts";
import { HOUR, nextId, publishAt, sweepAll } from "./steps.ts";
import { EMPTY, story } from "./story.ts";

const [NUMBER] = NUMBERS;
const [USER] = USER_IDS;
const [LINE] = LINES;

export function personEvent(step: PersonStep): NewEvent {
  return newEvent({ ...toPersonEvent(step), derive: false });
}

/** A WhatsApp text; `from` is a number or a user id. */
function text(id: string, from: string, fromUserId: string | null, body = "Hello"): NewEvent {
  const event = receivedText({ id, from, to: LINE, text: body });
  const given = { ...event.canonical?.message, id, channel: "whatsapp" as const };
  const message = fromUserId === null ? given : { ...given, fromUserId };
  return { ...event, payloadText: JSON.stringify({ message }), canonical: { message } };
}

export function testUserIds(harness: Harness): void {
  const stop = (number: string | null, userId: string | null, line: string = LINE): PersonStep => ({
    line,
    number,
    userId,
    optOut: "STOP",
  });
  const call = (number: string | null, userId: string | null, line: string = LINE): PersonStep => ({
    ...stop(number, userId, line),
    optOut: null,
  });

  describe("a contact with user ids", () => {
    test("in any order of numbers and user ids, alone or in one publish, contacts and opt-outs are those of the model", () =>
      story(harness, async ({ store, engine }) => {
        const runs = fc.array(fc.array(fc.constantFrom(...STEPS), { minLength: 1, maxLength: 6 }), {
          maxLength: 8,
        });
        await fc.assert(
          fc.asyncProperty(runs, async (batches) => {
            const { app } = await makeApp(store, {});
            const persons = createPersons();
            const isSame = createIdPairs();
            let now = START;
            for (const batch of batches) {
              const expected = batch.flatMap((step) => {
                const person = persons.take(step);
                return person === null ? [] : { step, person };
              });
              const events = expected.map(({ step }) => personEvent(step));
              if (events.length > 0) {
                await mustPublish(store, app.id, events, { acceptedAt: ++now });
              }
              for (const [n, { person }] of expected.entries()) {
                const id = events[n]?.id;
                const { contact, conversation } =
                  engine.leased.find(({ snapshot }) => snapshot.eventId === id)?.snapshot ??
                  assert.fail();
                assert.deepEqual(
                  [contact?.number, conversation?.optedOut],
                  [person.address, person.optedOut],
                );
                assert.ok(isSame("contact", person.contact, contact?.contactId));
                assert.ok(isSame("conversation", person.conversation, conversation?.fingerprint));
              }
            }
          }),
          { numRuns: 40 },
        );
      }));

    test("is found by either address, also for a text of the time before its number was known", () =>
      story(harness, async ({ store, app, engine }) => {
        const appRef = app.id;
        await store.lines.create({ line: newLine(appRef, { number: LINE }) });
        const first = await publishForSnapshot(store, engine, {
          appRef,
          event: text("m1", USER, null),
        });
        const named = { appRef, snowflake: requireMessage(first).snowflake };
        assert.equal((await store.messages.get(named))?.contact?.number, USER);
        await publishAt(store, appRef, START + 1, personEvent(stop(NUMBER, USER, LINES[1])));
        const view = await store.messages.get(named);
        assert.deepEqual(
          [view?.contact?.contactId, view?.contact?.number, view?.contact?.userIds],
          [first.contact?.contactId, NUMBER, [USER]],
        );
        // The conversation of this line is not used since, and is still stored under the user id.
        assert.deepEqual(view?.conversation, first.conversation);
        const next = await publishForSnapshot(store, engine, {
          appRef,
          event: text("m2", NUMBER, null),
          at: START + 2,
        });
        assert.deepEqual(next.conversation, first.conversation);
        const again = await publishForSnapshot(store, engine, {
          appRef,
          event: text("m3", USER, null),
          at: START + 3,
        });
        assert.equal(again.message?.from, NUMBER);
        assert.deepEqual(again.conversation, first.conversation);
        assert.deepEqual((await store.messages.get(named))?.conversation, first.conversation);
        const page = { appRef, line: LINE, fingerprint: null, start: 0, limit: 9 };
        const { messages } = (await store.messages.list(page)) ?? assert.fail();
        assert.deepEqual(
          messages.map(({ contact, conversation }) => [contact?.number, conversation]),
          Array.from({ length: 3 }, () => [NUMBER, first.conversation]),
        );
      }));

    test("a refused publish joins nothing", () =>
      story(harness, async ({ store, app, engine }) => {
        const appRef = app.id;
        await mustPublish(store, appRef, [
          personEvent(call(NUMBER, null)),
          personEvent(stop(null, USER)),
        ]);
        const unknown = newEvent({ type: "message.read", canonical: { message: { id: "none" } } });
        const both = personEvent(call(NUMBER, USER));
        const refused = await publish(store, appRef, [both, unknown]);
        assert.equal(refused.kind, "refused");
        const event = text("m1", NUMBER, null);
        const apart = await publishForSnapshot(store, engine, { appRef, event });
        assert.equal(apart.conversation?.optedOut, false);
        const wrong = personEvent(call(NUMBERS[1], USER));
        await mustPublish(store, appRef, [personEvent(call(NUMBER, USER))]);
        const other = await publish(store, appRef, [wrong]);
        assert.equal(other.kind === "refused" && other.code, "conflict");
      }));

    test("keeps the user id of each application apart", () =>
      story(harness, { ...EMPTY }, async ({ store }) => {
        const engine = await startEngine(store);
        const one = await makeApp(store, {});
        const two = await makeApp(store, {});
        await publishAt(store, one.app.id, START, personEvent(stop(NUMBER, USER)));
        const event = text("m1", USER, null);
        const { contact, conversation } = await publishForSnapshot(store, engine, {
          appRef: two.app.id,
          event,
        });
        assert.deepEqual([contact?.number, conversation?.optedOut], [USER, false]);
      }));

    test("is erased by its number or by a user id, with all its addresses, and its opt-out holds for each", () =>
      story(harness, { ...EMPTY, open: OPT_OUTS }, async ({ opened, store }) => {
        const engine = await startEngine(store);
        const appRefs: string[] = [];
        for (const n of [0, 1] as const) {
          const [owned, user] = [NUMBERS[n], USER_IDS[n]];
          const number = n === 0 ? owned : user;
          const { app } = await makeApp(store, {});
          const appRef = app.id;
          await publishAt(store, appRef, START, text("m1", user, null, "STOP secret-text"));
          await publishAt(store, appRef, START, text("m2", owned, user, "secret-text"));
          await publishAt(store, appRef, START, text("m3", owned, null, "secret-text"));
          const longer = `${user}0`;
          await publishAt(store, appRef, START, text("m4", longer, null, "kept-text"));
          const start = async () =>
            await store.jobs.eraseNumber({
              appRef,
              number,
              id: nextId("qtask_"),
              now: START + HOUR,
            });
          const job = (await start()) ?? assert.fail();
          assert.equal((await start())?.id, job.id);
          await runJobs(store, START + HOUR);
          // Three texts, the contact and the opt-out that the first one made.
          assert.equal((await store.jobs.get({ appRef, id: job.id }))?.done, 5);
          await sweepAll(store, START + HOUR);
          const traces = await findTraces(opened, ["secret-text", owned, `"${user}"`]);
          assert.deepEqual(traces, []);
          assert.notDeepEqual(await findTraces(opened, ["kept-text"]), []);
          for (const [place, from] of [user, owned].entries()) {
            const event = text(`n${place}`, from, null);
            const after = await publishForSnapshot(store, engine, { appRef, event });
            assert.equal(after.conversation?.optedOut, true, from);
            assert.equal(after.contact?.number, from);
          }
          appRefs.push(appRef);
        }
        for (const ref of appRefs) await store.apps.delete({ ref, now: START + HOUR });
        await sweepAll(store, START + HOUR);
        assert.deepEqual(await findTraces(opened, [...NUMBERS, ...USER_IDS]), []);
        assert.deepEqual((await store.upkeep.check()).problems, []);
      }));

    test("that was erased as a number is still opted out when a user id turns out to be the same person", () =>
      story(harness, { ...EMPTY, open: OPT_OUTS }, async ({ store }) => {
        const engine = await startEngine(store);
        const { app } = await makeApp(store, {});
        const appRef = app.id;
        await publishAt(store, appRef, START, text("m1", NUMBER, null, "STOP"));
        const id = nextId("qtask_");
        await store.jobs.eraseNumber({ appRef, number: NUMBER, id, now: START + HOUR });
        await runJobs(store, START + HOUR);
        const texts = [
          { event: text("m2", USER, null), optedOut: false },
          { event: text("m3", NUMBER, USER), optedOut: true },
          { event: text("m4", USER, null, "UNSTOP"), optedOut: false },
          { event: text("m5", NUMBER, USER), optedOut: false },
        ];
        for (const { event, optedOut } of texts) {
          const { conversation } = await publishForSnapshot(store, engine, { appRef, event });
          assert.equal(conversation?.optedOut, optedOut);
        }
      }));

    test("is not erased while its number is a registered line", () =>
      story(harness, { ...EMPTY }, async ({ store }) => {
        const { app } = await makeApp(store);
        const appRef = app.id;
        await store.lines.create({ line: newLine(appRef, { number: NUMBER }) });
        await publishAt(store, appRef, START, personEvent(call(NUMBER, USER)));
        const erasing = store.jobs.eraseNumber({
          appRef,
          number: USER,
          id: nextId("qtask_"),
          now: START,
        });
        await assert.rejects(erasing, /registered line/);
      }));

    test("a sender id with blanks is one address", () =>
      story(harness, async ({ store, app, engine }) => {
        const appRef = app.id;
        const fingerprints = new Set<string | undefined>();
        for (const [n, from] of ["Blue Door 1", "Blue Door 2", "Blue Door 1"].entries()) {
          const event = receivedText({ id: `m${n}`, from, to: LINE });
          const { conversation } = await publishForSnapshot(store, engine, { appRef, event });
          fingerprints.add(conversation?.fingerprint);
        }
        assert.equal(fingerprints.size, 2);
      }));
  });
}
