import assert from "node:assert/strict";
import { test } from "node:test";
import { newApp } from "../../../test/contract/store/fixtures.ts";
import { openRecorded } from "../../../test/harness/recorded-writer.ts";
import { runNow } from "../sqlite/session.ts";
import { findApp } from "../tenancy/app-row.ts";
import { createApps, removeUnusedApps } from "./publish-app.ts";
import type { Decided } from "./publish.ts";

const REFUSED: Decided = {
  kind: "refused",
  code: "not_found",
  message: "",
  path: [],
  duplicates: [],
  index: null,
};
const accepted = (appId: string): Decided => ({
  kind: "accepted",
  appId,
  events: [],
  fanningOut: 0,
  filterSteps: 0,
});

test("only the first publish of an unknown application creates it", () => {
  const { session } = openRecorded().recorded;
  const publish = (uid: string) => ({ appRef: uid, createApp: newApp({ uid }) });
  const publishes = [publish("known"), publish("new"), publish("new"), publish("other")];
  const uncreated = { appRef: "nobody", createApp: null };
  const made = runNow(createApps(session, [...publishes, uncreated], (ref) => ref === "known"));
  assert.deepEqual([...made.keys()], [1, 3]);
  assert.equal(made.get(1)?.id, publishes[1]?.createApp.id);
  assert.equal(runNow(findApp(session, "known")), null);
  assert.equal(runNow(findApp(session, "new"))?.seq, made.get(1)?.seq);
});

test("the application of a refused publish is removed unless an accepted one of the group uses it", () => {
  const { session } = openRecorded().recorded;
  const publishes = ["used", "unused", "kept"].map((uid) => ({
    appRef: uid,
    createApp: newApp({ uid }),
  }));
  const made = runNow(createApps(session, publishes, () => false));
  const idOf = (index: number) => made.get(index)?.id as string;
  const decided = [REFUSED, REFUSED, accepted(idOf(2)), accepted(idOf(0))];
  runNow(removeUnusedApps(session, made, decided));
  const left = ["used", "unused", "kept"].filter((uid) => runNow(findApp(session, uid)) !== null);
  assert.deepEqual(left, ["used", "kept"]);
});
