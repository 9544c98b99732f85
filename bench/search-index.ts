/**
 * Cost of the search index on SQLite: the CPU time of adding an event, the rows of the file, and the time of
 * searches over the whole store. Run: `npx node bench/search-index.ts [events]`.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toLimitValues } from "../src/core/limits.ts";
import type { EventSearch } from "../src/store/interface/history.ts";
import { DEFAULT_LEASE_ROOM } from "../src/store/queue/lease-room.ts";
import { loadSealedTo, sealEvents } from "../src/store/search/seal.ts";
import { runNow } from "../src/store/sqlite/session.ts";
import { openWriter } from "../src/store/sqlite/thread/make-writer.ts";
import { READS } from "../src/store/sqlite/thread/reads.ts";
import { historySession } from "../src/store/sqlite/history/session.ts";
import type { Reader } from "../src/store/sqlite/thread/writer-types.ts";

const EVENTS = Number(process.argv[2] ?? 1_000_000);
const NUMBERS = 50_000;
const PER_STEP = 200;
const STEPS_PER_COMMIT = 5;
const ROUNDS = 50;
const APP = "app_2srOrx2ZWZBpBUvZwXKQmoEYga1";
const STARTED_AT = 1_795_348_800_000;

const folder = mkdtempSync(join(tmpdir(), "hookline-search-"));
const decide = {
  optOutMatch: "word",
  stopKeywords: [],
  unstopKeywords: [],
  largeTextBytes: 10_000,
} as const;
const { writer, close } = openWriter({
  path: join(folder, "hookline.db"),
  decide,
  leaseRoom: DEFAULT_LEASE_ROOM,
  limits: toLimitValues(),
});
const { db } = writer;

function fill(): void {
  db.exec(`INSERT INTO app (seq, id, name, metadata, test, createdAt, updatedAt)
    VALUES (1, '${APP}', 'Bench', '{}', 0, 0, 0)`);
  const add =
    db.prepare(`INSERT INTO event (seq, id, appSeq, eventId, type, contentType, occurredAt,
    acceptedAt, participants, payload) VALUES (?, ?, 1, ?, 'message.received', 'application/json', ?, ?, ?, ?)`);
  db.exec("BEGIN");
  for (let seq = 1; seq <= EVENTS; seq++) {
    const digits = String(seq).padStart(12, "0");
    const from = toNumber(seq);
    const message = {
      id: `m-${seq}`,
      snowflake: `21246502${digits.slice(1)}`,
      handle: `033f9d3c-1f52-4c4e-9b1a-${digits}`,
      ksuid: `2srOrx2ZWZBpBUv${digits}`,
      direction: "inbound",
      channel: "sms",
      from,
      to: "+12065550100",
      media: [],
      groupId: null,
      participants: [],
      status: null,
      error: null,
      createdAt: STARTED_AT + seq,
      deliveredAt: null,
      readAt: null,
      deletedAt: null,
      textAttachment: null,
    };
    const contact = { contactId: seq, number: from, firstName: null, lastName: null, tags: [] };
    const line = { lineId: null, number: "+12065550100", deviceId: 7, payloadGeneration: "2020" };
    const conversation = { fingerprint: "123456", optedOut: false };
    const account = { name: "Bench", email: null };
    const text = `Is my table ready? ${seq % 1_000 === 0 ? "marzipan" : "no"} ${"x".repeat(200)}`;
    const payload = { message: { id: message.id, channel: "sms", from, to: message.to, text } };
    const participants = { message, contact, line, conversation, account };
    const at = STARTED_AT + seq;
    const texts = [JSON.stringify(participants), JSON.stringify(payload)];
    add.run(seq, `msg_3MqnZB46uvci${digits}`, `e-${seq}`, at, at, ...texts);
    if (seq % 10_000 === 0) db.exec("COMMIT; BEGIN");
  }
  db.exec("COMMIT");
}

function toNumber(seq: number): string {
  return `+1206${String((seq * 7919) % NUMBERS).padStart(7, "0")}`;
}

function seal(): void {
  const before = process.cpuUsage();
  const cx = { now: STARTED_AT, dedupeWindowMs: 0, horizon: 0 };
  let longestMs = 0;
  let done = 0;
  for (let busy = true; busy;) {
    const startedAt = performance.now();
    db.exec("BEGIN IMMEDIATE");
    for (let step = 0; busy && step < STEPS_PER_COMMIT; step++) {
      const rows = runNow(sealEvents(writer.session, cx, PER_STEP));
      done += rows;
      busy = rows > 0;
    }
    db.exec("COMMIT");
    longestMs = Math.max(longestMs, performance.now() - startedAt);
  }
  const { user, system } = process.cpuUsage(before);
  const rows = db.prepare("SELECT count(*) AS rows FROM seen").get()?.["rows"];
  const [index, all] = ["name = 'seen'", "true"].map(
    (where) =>
      db.prepare(`SELECT sum(pgsize) AS bytes FROM dbstat WHERE ${where}`).get()?.["bytes"],
  );
  console.log(`sealed ${done} events: ${((user + system) / done).toFixed(1)} µs of CPU each`);
  console.log(
    `longest commit of ${PER_STEP * STEPS_PER_COMMIT} events: ${longestMs.toFixed(1)} ms`,
  );
  console.log(`${Number(rows)} rows, ${Number(index)} of ${Number(all)} bytes`);
}

function measure(name: string, run: (round: number) => number): void {
  const times: number[] = [];
  let found = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const startedAt = performance.now();
    found += run(round);
    times.push(performance.now() - startedAt);
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => (times[Math.floor((times.length - 1) * share)] ?? 0).toFixed(1);
  console.log(`${name}: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, ${found / ROUNDS} found`);
}

fill();
seal();
const reader = { ...writer, checkDeadline: () => undefined } as unknown as Reader;
console.log(`sealed to ${runNow(loadSealedTo(historySession(reader)))} of ${EVENTS}`);
const window = { after: null, limit: 50, backward: false, ascending: false };
const list = (search: EventSearch): number => {
  const p = { appRef: APP, window, filter: {}, search, withMarks: false, now: STARTED_AT };
  return READS["history.searchEvents"](reader, p)?.items.length ?? 0;
};
const somewhere = (round: number) => 1 + ((round * 104_729) % EVENTS);
measure("list by number", (round) => list({ number: toNumber(somewhere(round)) }));
measure("list by an unknown number", (round) => list({ number: `+1999${round}000000` }));
measure("list by message id", (round) => list({ messageId: `m-${somewhere(round)}` }));
measure("list by a word, one page", () => list({ contains: "marzipan" }));
measure("search box, number", (round) => box(toNumber(somewhere(round))));
measure("search box, message id", (round) => box(`m-${somewhere(round)}`));
close();
rmSync(folder, { recursive: true });

function box(query: string): number {
  return READS["search.inApp"](reader, { appRef: APP, query })?.hits.length ?? 0;
}
