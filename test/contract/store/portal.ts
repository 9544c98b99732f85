/** Contract: portal tokens, and the one-time links that make them. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import { LIMITS } from "../../../src/core/limits.ts";
import type { Store } from "../../../src/store/store.ts";
import type { PortalGrant } from "../../../src/store/interface/portal.ts";
import { makeApp } from "./fixtures.ts";
import { type Harness, START } from "./harness.ts";
import { HOUR, nextId, sweepAll } from "./steps.ts";
import { APP, story } from "./story.ts";

const MINUTE = 60_000;
const GRANT: PortalGrant = { capabilities: ["ViewBase"], featureFlags: ["beta"], sessionId: null };

const hash = (secret: string) => createHash("sha256").update(secret).digest();
const newSecret = (secret: string) => ({ id: nextId("portal_"), secretHash: hash(secret) });

/** Grants a token and a link, whose secrets are `<name>` and `<name> link`. */
async function grant(
  store: Store,
  appRef: string,
  p: { name: string; sessionId?: string; at?: number },
): Promise<string> {
  const { name, sessionId = null, at = START } = p;
  const token = newSecret(name);
  await store.portal.grant({
    appRef,
    grant: { ...GRANT, sessionId },
    token,
    link: newSecret(`${name} link`),
    linkExpiresAt: at + HOUR,
    expiresAt: at + 24 * HOUR,
    now: at,
  });
  return token.id;
}

const find = (store: Store, secret: string, now = START) =>
  store.portal.findToken({ secretHash: hash(secret), now });

async function findLive(store: Store, secrets: readonly string[], now = START) {
  const found = await Promise.all(secrets.map((secret) => find(store, secret, now)));
  return secrets.filter((_, index) => found[index] !== null);
}

const findLink = (store: Store, secret: string, now = START) =>
  store.portal.findLink({ secretHash: hash(secret), now });

const exchange = (store: Store, p: { link: string; token: string; now: number }) =>
  store.portal.exchange({
    secretHash: hash(p.link),
    token: newSecret(p.token),
    reuseMs: MINUTE,
    mostTokens: 3,
    now: p.now,
  });

export function testPortal(harness: Harness): void {
  describe("access to the portal", () => {
    test("a token is found with its rights until it expires, also after a restart", () =>
      story(harness, APP, async ({ opened, app }) => {
        const id = await grant(opened.store, app.id, { name: "a", sessionId: "s1" });
        await opened.reopen();
        const { secretHash, ...token } = (await find(opened.store, "a")) ?? assert.fail();
        assert.ok(hash("a").equals(secretHash));
        assert.deepEqual(token, {
          ...GRANT,
          id,
          appId: app.id,
          sessionId: "s1",
          createdAt: START,
          expiresAt: START + 24 * HOUR,
        });
        assert.equal(await find(opened.store, "b"), null);
        assert.notEqual(await find(opened.store, "a", START + 24 * HOUR - 1), null);
        assert.equal(await find(opened.store, "a", START + 24 * HOUR), null);
      }));

    test("a link is no token and a token is no link", () =>
      story(harness, APP, async ({ store, app }) => {
        await grant(store, app.id, { name: "a" });
        assert.equal(await find(store, "a link"), null);
        assert.equal(await findLink(store, "a"), false);
        assert.equal(await exchange(store, { link: "a", token: "b", now: START }), false);
        assert.equal(await findLink(store, "a link"), true);
      }));

    test("a link that is not used ends after its time", () =>
      story(harness, APP, async ({ store, app }) => {
        await grant(store, app.id, { name: "a" });
        const end = START + HOUR;
        assert.equal(await findLink(store, "a link", end - 1), true);
        assert.equal(await findLink(store, "a link", end), false);
        assert.equal(await exchange(store, { link: "a link", token: "b", now: end }), false);
      }));

    test("a used link makes further tokens for a short time, which end with the first token", () =>
      story(harness, APP, async ({ store, app }) => {
        await grant(store, app.id, { name: "a", sessionId: "s1" });
        const used = START + HOUR - 1;
        assert.equal(await exchange(store, { link: "a link", token: "b", now: used }), true);
        // The second use does not extend the time.
        const again = used + MINUTE - 1;
        assert.equal(await exchange(store, { link: "a link", token: "c", now: again }), true);
        const late = used + MINUTE;
        assert.equal(await exchange(store, { link: "a link", token: "d", now: late }), false);
        assert.equal(await findLink(store, "a link", late), false);
        for (const name of ["b", "c"]) {
          const token = await find(store, name, late);
          assert.deepEqual(
            [token?.expiresAt, token?.sessionId, token?.capabilities, token?.featureFlags],
            [START + 24 * HOUR, "s1", GRANT.capabilities, GRANT.featureFlags],
          );
        }
      }));

    test("a link makes at most three tokens, also when it is exchanged concurrently", () =>
      story(harness, APP, async ({ store, app }) => {
        await grant(store, app.id, { name: "a" });
        const tokens = ["b", "c", "d", "e", "f"];
        const made = await Promise.all(
          tokens.map((token) => exchange(store, { link: "a link", token, now: START })),
        );
        assert.equal(made.filter(Boolean).length, 3);
        assert.equal((await findLive(store, tokens)).length, 3);
      }));

    test("one token is ended by itself", () =>
      story(harness, APP, async ({ store, app }) => {
        await grant(store, app.id, { name: "a" });
        await grant(store, app.id, { name: "b" });
        assert.equal(await store.portal.end({ secretHash: hash("a") }), true);
        assert.equal(await store.portal.end({ secretHash: hash("a") }), false);
        assert.deepEqual(await findLive(store, ["a", "b"]), ["b"]);
      }));

    test("all tokens of an application are ended with their links, those of another one stay", () =>
      story(harness, APP, async ({ store, app }) => {
        const { app: other } = await makeApp(store);
        await grant(store, app.id, { name: "a", sessionId: "s1" });
        await grant(store, app.id, { name: "b" });
        await grant(store, other.id, { name: "c" });
        const all = { appRef: app.id, sessionIds: null };
        assert.equal(await store.portal.expireAll({ ...all, endsAt: START + MINUTE }), true);
        assert.deepEqual(await findLive(store, ["a", "b"], START + MINUTE - 1), ["a", "b"]);
        assert.equal(await findLink(store, "a link"), false);
        // A later end does not give time back.
        await store.portal.expireAll({ ...all, endsAt: START + HOUR });
        assert.deepEqual(await findLive(store, ["a", "b", "c"], START + MINUTE), ["c"]);
        assert.equal(await findLink(store, "c link"), true);
        const unknown = { appRef: "nowhere", sessionIds: null, endsAt: START };
        assert.equal(await store.portal.expireAll(unknown), false);
      }));

    test("the tokens of chosen sessions are ended, and the others stay", () =>
      story(harness, APP, async ({ store, app }) => {
        for (const name of ["a", "b", "c"]) {
          await grant(store, app.id, { name, sessionId: `s-${name}` });
        }
        await grant(store, app.id, { name: "d" });
        const sessionIds = ["s-a", "s-c", "s-unknown"];
        await store.portal.expireAll({ appRef: app.id, sessionIds, endsAt: START });
        assert.deepEqual(await findLive(store, ["a", "b", "c", "d"]), ["b", "d"]);
        assert.deepEqual(
          [await findLink(store, "a link"), await findLink(store, "b link")],
          [false, true],
        );
      }));

    test("beyond the limit of an application the oldest ends, regardless of other applications", () =>
      story(harness, APP, async ({ store, app }) => {
        const { app: other } = await makeApp(store);
        await store.apps.setLimits({ ref: app.id, change: { portalSessions: 4 }, now: START });
        await grant(store, other.id, { name: "elsewhere", at: START - HOUR });
        await grant(store, app.id, { name: "second", at: START + 2 });
        await grant(store, app.id, { name: "first", at: START + 1 });
        const used = (await store.apps.limits({ ref: app.id }))?.used.portalSessions;
        assert.equal(used, 4);
        await exchange(store, { link: "second link", token: "third", now: START + 3 });
        assert.deepEqual(await findLive(store, ["second", "third"]), ["second", "third"]);
        await grant(store, app.id, { name: "fourth", at: START + 4 });
        const names = ["elsewhere", "first", "second", "third", "fourth"];
        const live = await findLive(store, names);
        assert.deepEqual([live.includes("first"), live.includes("fourth")], [false, true]);
        assert.ok(live.includes("elsewhere"));
        assert.equal((await store.apps.limits({ ref: app.id }))?.used.portalSessions, 4);
        assert.match(LIMITS.portalSessions.refusal, /ends the oldest/);
      }));

    test("the sweep deletes expired tokens and links, and all those of a deleted application", () =>
      story(harness, APP, async ({ opened, store, app }) => {
        const { app: other } = await makeApp(store);
        await grant(store, app.id, { name: "a", sessionId: "secret-session" });
        await grant(store, other.id, { name: "b" });
        await store.apps.delete({ ref: app.id, now: START });
        assert.deepEqual(await findLive(store, ["a", "b"]), ["b"]);
        assert.equal(await exchange(store, { link: "a link", token: "c", now: START }), false);
        await assert.rejects(grant(store, app.id, { name: "d" }), { code: "not_found" });
        await sweepAll(store, START);
        for (const [place, bytes] of await opened.contents()) {
          assert.ok(!bytes.includes("secret-session"), place);
        }
        assert.equal((await store.apps.limits({ ref: other.id }))?.used.portalSessions, 2);
        await sweepAll(store, START + HOUR);
        assert.equal((await store.apps.limits({ ref: other.id }))?.used.portalSessions, 1);
        await sweepAll(store, START + 24 * HOUR);
        assert.equal((await store.apps.limits({ ref: other.id }))?.used.portalSessions, 0);
      }));
  });
}
