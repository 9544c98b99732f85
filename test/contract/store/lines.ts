/** Contract: registered lines and their user names. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { received } from "../decide.ts";
import { type Harness, START } from "./harness.ts";
import { makeApp, newLine } from "./fixtures.ts";
import { nextId, publishAt } from "./steps.ts";
import { APP, story } from "./story.ts";

export function testLines(harness: Harness): void {
  describe("lines", () => {
    test("a line is found by its user name in any case", () =>
      story(harness, APP, async ({ store, app }) => {
        const line = newLine(app.id);
        assert.deepEqual(await store.lines.create({ line }), line);
        assert.deepEqual(await store.lines.findByUsername({ username: "desk@ACME.example" }), line);
        assert.equal(await store.lines.findByUsername({ username: "desk" }), null);
        assert.deepEqual(await store.lines.list({ appRef: app.id }), [line]);
      }));

    test("a line is found by its id or number, in its application only", () =>
      story(harness, APP, async ({ store, app }) => {
        const { app: other } = await makeApp(store);
        const line = newLine(app.id);
        await store.lines.create({ line });
        for (const ref of [line.id, line.number]) {
          assert.deepEqual(await store.lines.get({ appRef: app.id, ref }), line);
          assert.equal(await store.lines.get({ appRef: other.id, ref }), null);
        }
        assert.equal(await store.lines.get({ appRef: app.id, ref: "line_x" }), null);
        await store.lines.delete({ appRef: app.id, ref: line.id, now: START });
        assert.equal(await store.lines.get({ appRef: app.id, ref: line.number }), null);
      }));

    test("a user name is unique over the server, a number within its applicationlicationlicationlication", () =>
      story(harness, APP, async ({ store, app }) => {
        const { app: other } = await makeApp(store);
        await store.lines.create({ line: newLine(app.id) });
        const sameName = newLine(other.id, { username: "DESK@acme.example" });
        await assert.rejects(store.lines.create({ line: sameName }), { code: "conflict" });
        const sameNumber = newLine(app.id, { username: "b" });
        await assert.rejects(store.lines.create({ line: sameNumber }), { code: "conflict" });
        // The same number in another application is another line, with a different deviceId.
        const elsewhere = await store.lines.create({
          line: newLine(other.id, { username: "b" }),
        });
        assert.notEqual(elsewhere.deviceId, 123_456_789);
      }));

    test("a number of earlier events keeps its deviceId, also while it is not registered", () =>
      story(harness, APP, async ({ store, app }) => {
        const event = received("m1");
        await publishAt(store, app.id, START, { ...event, id: nextId("msg_") });
        const line = await store.lines.create({ line: newLine(app.id, { deviceId: 1 }) });
        assert.notEqual(line.deviceId, 1);

        const ref = line.number;
        assert.equal(await store.lines.delete({ appRef: app.id, ref, now: START }), true);
        assert.equal(await store.lines.delete({ appRef: app.id, ref, now: START }), false);
        assert.equal(await store.lines.findByUsername({ username: line.username }), null);
        assert.deepEqual(await store.lines.list({ appRef: app.id }), []);
        const again = await store.lines.create({ line: newLine(app.id, { deviceId: 2 }) });
        assert.equal(again.deviceId, line.deviceId);
      }));

    test("a user name is taken from the line of another application only when it is assigned", () =>
      story(harness, APP, async ({ store, app }) => {
        const { app: other } = await makeApp(store);
        const [username, number] = ["+12065550177", "+12065550177"];
        const first = await store.lines.create({ line: newLine(app.id, { username }) });
        const line = newLine(other.id, { username: "b", number });
        const second = await store.lines.create({ line });
        await assert.rejects(
          store.lines.create({ line: newLine(other.id, { username, number: "+12065550178" }) }),
          { code: "conflict" },
        );

        const give = { appRef: other.id, ref: number, username: "+12065550177" };
        assert.deepEqual(await store.lines.assignUsername(give), { ...second, username });
        assert.deepEqual(await store.lines.findByUsername({ username }), { ...second, username });
        const left = { ...first, username: first.id };
        assert.deepEqual(await store.lines.list({ appRef: app.id }), [left]);
        assert.deepEqual(await store.lines.findByUsername({ username: first.id }), left);

        // A second assignment, by id and in another case, changes nothing.
        const again = { ...give, ref: second.id };
        assert.deepEqual(await store.lines.assignUsername(again), { ...second, username });
        const nowhere = { appRef: app.id, ref: number, username: "c" };
        assert.equal(await store.lines.assignUsername(nowhere), null);
      }));

    test("deleting an application frees the user names of its lines", () =>
      story(harness, APP, async ({ store, app }) => {
        const { app: other } = await makeApp(store);
        await store.lines.create({ line: newLine(app.id) });
        await store.apps.delete({ ref: app.id, now: START });
        await store.lines.create({ line: newLine(other.id) });
        const found = await store.lines.findByUsername({ username: "desk@acme.example" });
        assert.equal(found?.appId, other.id);
      }));
  });
}
