/** Contract: further logins of a line, each with a username, a password and sessions. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import { LIMITS } from "../../../src/core/limits.ts";
import type { FurtherLogin, RegisteredLine } from "../../../src/store/interface/tenancy.ts";
import type { Store } from "../../../src/store/store.ts";
import { makeApp, newLine } from "./fixtures.ts";
import { type Harness, START } from "./harness.ts";
import { idempotencyKey, nextId } from "./steps.ts";
import { APP, story } from "./story.ts";

function newLogin(username: string, more: Partial<FurtherLogin> = {}): FurtherLogin {
  const fields = { id: nextId("login_"), passwordHash: "scrypt$other", createdAt: START };
  return { ...fields, username, ...more };
}

async function addLogin(
  store: Store,
  { appId: appRef, id: ref }: RegisteredLine,
  login: FurtherLogin,
) {
  return await store.lines.createLogin({ appRef, ref, login });
}

const toHash = (session: string) => createHash("sha256").update(session).digest();

async function openSession(store: Store, p: { lineId: string; loginId?: string; session: string }) {
  const { session, ...of } = p;
  return await store.lines.openSession({ ...of, sessionHash: toHash(session), now: START });
}

async function isLive(store: Store, session: string): Promise<boolean> {
  return (await store.lines.findSession({ sessionHash: toHash(session) })) !== null;
}

export function testLineLogins(harness: Harness): void {
  describe("further logins of a line", () => {
    test("find the line with their own username and password", () =>
      story(harness, APP, async ({ store, app }) => {
        const line = await store.lines.create({ line: newLine(app.id) });
        const login = newLogin("Ada");
        assert.deepEqual(await addLogin(store, line, login), login);
        const { username, passwordHash, id: loginId } = login;
        const found = { ...line, username, passwordHash, loginId };
        assert.deepEqual(await store.lines.findByUsername({ username: "aDA" }), found);
        assert.deepEqual(await store.lines.findByUsername({ username: line.username }), line);
        for (const ref of [line.id, line.number]) {
          assert.deepEqual(await store.lines.listLogins({ appRef: app.id, ref }), [login]);
        }
        const { app: other } = await makeApp(store);
        for (const p of [
          { appRef: other.id, ref: line.id },
          { appRef: app.id, ref: "line_x" },
        ]) {
          assert.equal(await store.lines.listLogins(p), null);
          assert.equal(await store.lines.createLogin({ ...p, login: newLogin("x") }), null);
          assert.equal(await store.lines.deleteLogin({ ...p, loginId }), false);
        }
      }));

    test("have usernames that no line and no other login has, also when made at once", () =>
      story(harness, APP, async ({ store, app }) => {
        const { app: other } = await makeApp(store);
        const line = await store.lines.create({ line: newLine(app.id) });
        const elsewhere = newLine(other.id, { number: "+12065550101", username: "b" });
        const foreign = await store.lines.create({ line: elsewhere });
        await addLogin(store, line, newLogin("Ada"));
        for (const username of ["ADA", "B", line.username.toLowerCase()]) {
          const taken = addLogin(store, foreign, newLogin(username));
          await assert.rejects(taken, { code: "conflict" }, username);
        }
        const sameName = newLine(other.id, { number: "+12065550102", username: "ada" });
        await assert.rejects(store.lines.create({ line: sameName }), { code: "conflict" });
        // A line and a login that want one username, side by side.
        const won = Array.from({ length: 24 }, async (_, i) => {
          const username = `user ${i}`;
          const number = `+1206555${String(2000 + i)}`;
          const wanted = newLine(other.id, { number, username, deviceId: 200_000_000 + i });
          const results = await Promise.allSettled([
            store.lines.create({ line: wanted }),
            addLogin(store, line, newLogin(username.toUpperCase())),
          ]);
          return results.filter(({ status }) => status === "fulfilled").length;
        });
        assert.deepEqual(new Set(await Promise.all(won)), new Set([1]));
      }));

    test("lose a username that is assigned to another line, and keep the login under its id", () =>
      story(harness, APP, async ({ store, app }) => {
        const line = await store.lines.create({ line: newLine(app.id) });
        const other = await store.lines.create({
          line: newLine(app.id, { number: "+12065550101", username: "b" }),
        });
        const login = newLogin("ada");
        await addLogin(store, line, login);
        const own = { appRef: app.id, ref: line.id, username: "Ada" };
        await assert.rejects(store.lines.assignUsername(own), { code: "conflict" });
        const given = await store.lines.assignUsername({ ...own, ref: other.id });
        assert.deepEqual(given, { ...other, username: "Ada" });
        assert.equal((await store.lines.findByUsername({ username: "ada" }))?.id, other.id);
        const kept = await store.lines.findByUsername({ username: login.id });
        assert.deepEqual([kept?.id, kept?.loginId], [line.id, login.id]);
      }));

    test("end with their sessions, and leave those of other logins", () =>
      story(harness, APP, async ({ store, app }) => {
        const line = await store.lines.create({ line: newLine(app.id) });
        const [ada, bob] = [newLogin("ada"), newLogin("bob")];
        for (const login of [ada, bob]) await addLogin(store, line, login);
        const lineId = line.id;
        assert.equal(await openSession(store, { lineId, session: "first" }), true);
        for (const { id: loginId, username } of [ada, bob])
          assert.equal(await openSession(store, { lineId, loginId, session: username }), true);
        const p = { appRef: app.id, ref: line.id, loginId: ada.id };
        assert.equal(await store.lines.deleteLogin(p), true);
        assert.equal(await store.lines.deleteLogin(p), false);
        const live = await Promise.all(["first", "ada", "bob"].map((one) => isLive(store, one)));
        assert.deepEqual(live, [true, false, true]);
        const late = { lineId, loginId: ada.id, session: "late" };
        assert.equal(await openSession(store, late), false);
        assert.deepEqual(await store.lines.listLogins(p), [bob]);
        // The username is free again.
        await addLogin(store, line, newLogin("ADA"));
      }));

    test("end with their line and with their application, which frees their usernames", () =>
      story(harness, APP, async ({ store, app }) => {
        const { app: other } = await makeApp(store);
        const line = await store.lines.create({ line: newLine(app.id) });
        const login = newLogin("ada");
        await addLogin(store, line, login);
        await openSession(store, { lineId: line.id, loginId: login.id, session: "a" });
        await store.lines.delete({ appRef: app.id, ref: line.id, now: START });
        assert.equal(await isLive(store, "a"), false);
        assert.equal(await store.lines.findByUsername({ username: "ada" }), null);
        const again = await store.lines.create({ line: newLine(app.id) });
        assert.deepEqual(await store.lines.listLogins({ appRef: app.id, ref: again.id }), []);
        await addLogin(store, again, newLogin("ada"));
        await store.apps.delete({ ref: app.id, now: START });
        const free = newLine(other.id, { username: "ada" });
        assert.equal((await store.lines.create({ line: free })).username, "ada");
      }));

    test("are limited in number, and a repeated request makes one", () =>
      story(harness, APP, async ({ store, app }) => {
        const line = await store.lines.create({ line: newLine(app.id) });
        const key = idempotencyKey("k-1");
        const request = { appRef: app.id, ref: line.id, idempotencyKey: key };
        const first = newLogin("ada");
        assert.deepEqual(await store.lines.createLogin({ ...request, login: first }), first);
        const repeat = await store.lines.createLogin({ ...request, login: newLogin("ada") });
        assert.deepEqual(repeat, first);
        for (let made = 1; made < LIMITS.loginsPerLine.value; made++) {
          await addLogin(store, line, newLogin(`user ${made}`));
        }
        await assert.rejects(addLogin(store, line, newLogin("more")), { code: "limit_reached" });
      }));
  });
}
