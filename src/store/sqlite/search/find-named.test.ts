import assert from "node:assert/strict";
import { test } from "node:test";
import { newApp, receivedText } from "../../../../test/contract/store/fixtures.ts";
import { START } from "../../../../test/contract/store/harness.ts";
import { openRecorded } from "../../../../test/harness/recorded-writer.ts";
import { loadToKey } from "../../search/event-names.ts";
import { sealEvents } from "../../search/seal.ts";
import { now, runNow } from "../session.ts";
import { READS } from "../thread/reads.ts";
import { seenWrites } from "./seen.ts";

const [ADA, BOB] = ["+12065550101", "+12065550102"] as const;
/** More than a search takes of one name. */
const OTHERS = 70;

test("a search finds the event of a name behind newer events of names with the same key", () => {
  const { reader, recorded, run, close } = openRecorded();
  const app = newApp();
  run("apps.create", { app, idempotencyKey: null });
  const publish = (id: string, from: string): void => {
    const events = [receivedText({ id, from })];
    const p = { appRef: app.id, createApp: null, onDuplicate: "refuse", idempotencyKey: null };
    run("accept.publish", { ...p, events, acceptedAt: START });
  };
  publish("m-ada", ADA);
  for (let i = 0; i < OTHERS; i++) publish(`m${i}`, BOB);
  const events = recorded
    .sql("SELECT seq, appSeq FROM event WHERE participants LIKE ?")
    .all(`%${BOB}%`) as { seq: number; appSeq: number }[];
  const end = Math.max(...events.map(({ seq }) => seq)) + 1;
  const session = { ...recorded.session, sealable: () => now(() => end) };
  runNow(sealEvents(session, { now: START }, 1_000));
  const toKey = runNow(loadToKey(recorded.session));
  runNow(
    seenWrites(recorded).addSeen(
      events.map(({ seq, appSeq }) => ({
        key: toKey(appSeq, { kind: "address", value: ADA }),
        eventSeq: seq,
      })),
    ),
  );
  const found = READS["search.inApp"](reader, { appRef: app.id, query: ADA });
  close();
  const texts = found?.hits.filter(({ kind }) => kind === "text") ?? [];
  assert.deepEqual(
    texts.map(({ label }) => label.split(" ")[0]),
    [ADA],
  );
});
