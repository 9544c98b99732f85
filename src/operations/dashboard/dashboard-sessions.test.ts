/** Sessions over time, and one-time links. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import type { AppError } from "../../core/error.ts";
import { createIdSource } from "../../core/ids/ids.ts";
import { OPTIONS } from "../../../test/harness/copy-world.ts";
import { openStore } from "../../store/open.ts";
import type { OperationContext } from "../context.ts";
import { authenticateCaller, hashSecret } from "../keys/authenticate-caller.ts";
import { createDashboardSignIn, grantDashboardLink, signOut } from "./dashboard-sessions.ts";

const HOUR = 3_600_000;
const START = Date.UTC(2026, 10, 23);
const ADMIN = "admin-token";

async function openContext() {
  const store = await openStore("sqlite::memory:", OPTIONS);
  const clock = { now: START };
  const now = () => clock.now;
  const context = {
    store,
    now,
    ids: createIdSource({ now, randomBytes }),
    randomBytes,
    adminTokenHash: hashSecret(ADMIN),
    settings: { uiMask: "off" } as OperationContext["settings"],
  } as Partial<OperationContext> as OperationContext;
  return { context, clock, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() };
}

const read = (context: OperationContext, session: string) =>
  authenticateCaller(context, "svix", { kind: "dashboard", session }).then(
    ({ role }) => role,
    (error: AppError) => error.code,
  );

test("a session ends after twelve idle hours, and after seven days in use", async () => {
  await using opened = await openContext();
  const { context, clock } = opened;
  const signIn = createDashboardSignIn(context);
  const idle = await signIn({ by: { token: ADMIN }, source: null });
  const used = await signIn({ by: { token: ADMIN }, source: null });
  for (let hours = 0; hours < 7 * 24; hours += 11) {
    clock.now = START + hours * HOUR;
    assert.equal(await read(context, used.session), "admin", `${hours} hours`);
  }
  assert.equal(await read(context, idle.session), "unauthenticated");
  clock.now = START + 7 * 24 * HOUR;
  assert.equal(await read(context, used.session), "unauthenticated");
  assert.equal(used.endsAt, clock.now);
});

test("a session is of no other API, and another admin token ends it", async () => {
  await using opened = await openContext();
  const { context } = opened;
  const { session } = await createDashboardSignIn(context)({ by: { token: ADMIN }, source: null });
  await assert.rejects(authenticateCaller(context, "chirp", { kind: "dashboard", session }));
  assert.equal(await read({ ...context, adminTokenHash: null }, session), "unauthenticated");
  const other = { ...context, adminTokenHash: hashSecret("another") };
  assert.equal(await read(other, session), "unauthenticated");
  assert.equal(await read(context, session), "admin");
});

test("a link signs in once, within an hour", async () => {
  await using opened = await openContext();
  const { context, clock } = opened;
  const signIn = createDashboardSignIn(context);
  const late = (await grantDashboardLink(context)) ?? assert.fail();
  const linkKey = (await grantDashboardLink(context)) ?? assert.fail();
  const { session } = await signIn({ by: { linkKey }, source: null });
  assert.equal(await read(context, session), "admin");
  const refused = { code: "unauthenticated" };
  await assert.rejects(signIn({ by: { linkKey }, source: null }), refused);
  await assert.rejects(signIn({ by: { linkKey: session }, source: null }), refused);
  clock.now += HOUR;
  await assert.rejects(signIn({ by: { linkKey: late }, source: null }), refused);
  await signOut(context, { session, everywhere: false });
  assert.equal(await read(context, session), "unauthenticated");
  assert.equal(await grantDashboardLink({ ...context, adminTokenHash: null }), null);
});

test("wrong tokens are limited by address and in all, except for addresses that signed in", async () => {
  await using opened = await openContext();
  const { context, clock } = opened;
  const signIn = createDashboardSignIn(context);
  const wrong = (source: string) => signIn({ by: { token: "wrong" }, source });
  await signIn({ by: { token: ADMIN }, source: "known" });
  for (let n = 0; n < 1_000; n++) {
    await assert.rejects(wrong(`stranger ${Math.floor(n / 20)}`), { code: "unauthenticated" });
  }
  await assert.rejects(wrong("stranger 0"), { code: "rate_limited" });
  await assert.rejects(wrong("another"), { code: "rate_limited" });
  await signIn({ by: { token: ADMIN }, source: "known" });
  clock.now += HOUR;
  await signIn({ by: { token: ADMIN }, source: "another" });
});
