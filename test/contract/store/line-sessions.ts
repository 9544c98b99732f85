/**
 * Contract: sessions of lines. A session is live until it is ended, or its line or application is deleted.
 */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import type { Store } from "../../../src/store/store.ts";
import type { RegisteredLine } from "../../../src/store/interface/tenancy.ts";
import { makeApp, newLine } from "./fixtures.ts";
import { type Harness, START } from "./harness.ts";
import { APP, story } from "./story.ts";

const hash = (session: string) => createHash("sha256").update(session).digest();

async function openSession(store: Store, line: RegisteredLine, session: string, at = START) {
  const sessionHash = hash(session);
  return await store.lines.openSession({ lineId: line.id, sessionHash, now: at });
}

async function findLineId(store: Store, session: string): Promise<string | null> {
  return (await store.lines.findSession({ sessionHash: hash(session) }))?.id ?? null;
}

export function testLineSessions(harness: Harness): void {
  describe("sessions of lines", () => {
    test("a session is found with its line until it is ended, and other sessions of the line stay", () =>
      story(harness, APP, async ({ store, app }) => {
        const line = await store.lines.create({ line: newLine(app.id) });
        const other = await store.lines.create({
          line: newLine(app.id, { number: "+12065550101", username: "b" }),
        });
        for (const session of ["a", "b"])
          assert.equal(await openSession(store, line, session), true);
        assert.equal(await openSession(store, other, "c"), true);
        const found = await store.lines.findSession({ sessionHash: hash("a") });
        assert.deepEqual(found, line);
        const end = { sessionHash: hash("a"), now: START };
        assert.equal(await store.lines.endSession(end), true);
        assert.equal(await store.lines.endSession(end), false);
        assert.deepEqual(
          await Promise.all(["a", "b", "c", "d"].map((session) => findLineId(store, session))),
          [null, line.id, other.id, null],
        );
      }));

    test("sessions survive a restart", () =>
      story(harness, APP, async ({ app, opened }) => {
        const line = await opened.store.lines.create({ line: newLine(app.id) });
        await openSession(opened.store, line, "a");
        await opened.reopen();
        assert.equal(await findLineId(opened.store, "a"), line.id);
      }));

    test("sessions end with their line, and do not return when it is registered again", () =>
      story(harness, APP, async ({ store, app }) => {
        const line = await store.lines.create({ line: newLine(app.id) });
        await openSession(store, line, "a");
        await store.lines.delete({ appRef: app.id, ref: line.id, now: START });
        assert.equal(await findLineId(store, "a"), null);
        assert.equal(await openSession(store, line, "b"), false);
        await store.lines.create({ line: newLine(app.id) });
        assert.equal(await findLineId(store, "a"), null);
        const end = { sessionHash: hash("a"), now: START };
        assert.equal(await store.lines.endSession(end), false);
      }));

    test("sessions end with their application, and those of another application stay", () =>
      story(harness, APP, async ({ store, app }) => {
        const { app: other } = await makeApp(store);
        const line = await store.lines.create({ line: newLine(app.id) });
        const kept = await store.lines.create({ line: newLine(other.id, { username: "b" }) });
        await openSession(store, line, "a");
        await openSession(store, kept, "b");
        await store.apps.delete({ ref: app.id, now: START });
        assert.equal(await findLineId(store, "a"), null);
        assert.equal(await openSession(store, line, "c"), false);
        assert.equal(await findLineId(store, "b"), kept.id);
      }));

    test("beyond a thousand live sessions of a line its oldest ends, regardless of other lines", () =>
      story(harness, APP, async ({ store, app }) => {
        const line = await store.lines.create({ line: newLine(app.id) });
        const other = await store.lines.create({
          line: newLine(app.id, { number: "+12065550101", username: "b" }),
        });
        await openSession(store, other, "elsewhere", START - 1);
        // The oldest session by its instant, not by the order of opening.
        await openSession(store, line, "second", START + 2);
        await openSession(store, line, "first", START + 1);
        const more = Array.from({ length: 998 }, () => randomBytes(16).toString("hex"));
        // The sessions are opened in small groups, because a wait for a connection has a limit.
        for (let at = 0; at < more.length; at += 50) {
          const some = more.slice(at, at + 50);
          await Promise.all(some.map((session) => openSession(store, line, session, START + 3)));
        }
        assert.equal(await findLineId(store, "first"), line.id);
        await openSession(store, line, "newest", START + 4);
        assert.equal(await findLineId(store, "first"), null);
        assert.equal(await findLineId(store, "second"), line.id);
        // A clock that was set back ends only older sessions.
        await openSession(store, line, "put back", START);
        assert.equal(await findLineId(store, "put back"), line.id);
        assert.equal(await findLineId(store, "second"), null);
        assert.equal(await findLineId(store, "newest"), line.id);
        assert.equal(await findLineId(store, "elsewhere"), other.id);
      }));
  });
}
