/**
 * F23: 256 file descriptors, a heap of 256 MB, 200,000 pending deliveries, and more clients than descriptors.
 * The server sheds excess load by 503 or a closed connection, and does not exit. It keeps every event that it
 * acknowledges. The backlog is delivered meanwhile and never read into memory as a whole (I5, I7).
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { checkStore } from "../harness/check-store.ts";
import { openRawSocket } from "../harness/raw-socket.ts";
import type { RawSocket } from "../harness/raw-socket.ts";
import { startReceiver } from "../harness/receiver.ts";
import { call, startServer, temporaryFolder } from "../harness/server.ts";
import { pickLength } from "./harness/length.ts";
import { until } from "./harness/until.ts";

const BACKLOG = pickLength({ short: 200_000, long: 1_000_000 });
const FILES = 256;
const HEAP_MB = 256;
const IDLE = 400;
const PUBLISHES = 300;
const MOST_RESIDENT_MB = 700;

const cannotLimit: string | false =
  spawnSync("prlimit", ["--version"]).status === 0 ? false : "prlimit is not installed";

function seedBacklog(file: string): void {
  using db = new DatabaseSync(file);
  const { seq, appSeq, shard } = db.prepare("SELECT seq, appSeq, shard FROM endpoint").get() as {
    readonly seq: number;
    readonly appSeq: number;
    readonly shard: number;
  };
  const now = Date.now();
  db.exec("BEGIN");
  db.prepare(
    `WITH RECURSIVE n (seq) AS (VALUES (1) UNION ALL SELECT seq + 1 FROM n WHERE seq < ?)
      INSERT INTO event (seq, id, appSeq, type, payload, contentType, occurredAt, acceptedAt)
      SELECT seq, 'msg_' || seq, ?, 'owed.event', '{"text":"' || hex(randomblob(200)) || '"}',
        'application/json', ?, ? FROM n`,
  ).run(BACKLOG, appSeq, now, now);
  db.prepare(
    `INSERT INTO delivery (seq, eventSeq, endpointSeq, part, state, dueAt, slot, attempts, baseAt,
      parkedMs, manual, acceptedAt, bytes)
      SELECT seq, seq, ?, 0, 0, ?, 1, 0, ?, 0, 0, ?, length(payload) FROM event`,
  ).run(seq, now, now, now);
  db.prepare("INSERT INTO endpointQueue (endpointSeq, shard, nextDueAt) VALUES (?, ?, ?)").run(
    seq,
    shard,
    now,
  );
  db.prepare(
    `INSERT INTO tally (appSeq, created, delivered, failed, cancelled, purgedDelivered, purgedFailed,
      purgedCancelled, pendingBytes) SELECT ?, ?, 0, 0, 0, 0, 0, 0, sum(length(payload)) FROM event`,
  ).run(appSeq, BACKLOG);
  db.exec("COMMIT");
}

test(
  "F23 with few files and little memory the server sheds load and does not exit",
  { skip: cannotLimit },
  async (t) => {
    using folder = temporaryFolder();
    let taken = 0;
    await using receiver = await startReceiver(
      (_request, response) => {
        taken += 1;
        response.writeHead(200).end();
      },
      { keep: false },
    );
    const file = `${folder.path}/hookline.db`;
    const settings = {
      HOOKLINE_STORE: `sqlite:${file}`,
      HOOKLINE_EGRESS_ALLOW: `127.0.0.1/32:${receiver.port}`,
      HOOKLINE_APP_BACKLOG_BYTES: "8GiB",
      HOOKLINE_ENDPOINT_BACKLOG: `${BACKLOG * 2}`,
    };
    {
      await using first = await startServer({ settings });
      await call(first.url, "POST", "/app", { name: "Few", uid: "few" });
      const made = await call(first.url, "POST", "/app/few/endpoint", { url: receiver.url });
      assert.equal(made.status, 201, JSON.stringify(made.body));
      await first.stop();
    }
    seedBacklog(file);
    await using server = await startServer({
      wrapper: ["prlimit", `--nofile=${FILES}:${FILES}`],
      settings: { ...settings, NODE_OPTIONS: `--max-old-space-size=${HEAP_MB}` },
    });
    await until("the backlog is sent", () => taken > 1000);

    const idle: RawSocket[] = [];
    const answers = new Map<number | "none", number>();
    try {
      for (let n = 0; n < IDLE; n += 1) {
        const one = await openRawSocket(server.url).catch(() => null);
        if (one !== null) idle.push(one);
      }
      const answered = await Promise.all(
        Array.from({ length: PUBLISHES }, (_, n) =>
          call(server.url, "POST", "/app/few/msg", { eventType: "a.b", payload: { n } }).then(
            ({ status }) => status,
            () => "none" as const,
          ),
        ),
      );
      for (const answer of answered) answers.set(answer, (answers.get(answer) ?? 0) + 1);
    } finally {
      for (const one of idle) one[Symbol.dispose]();
    }
    const allowed: ReadonlySet<number | "none"> = new Set([202, 429, 503, "none"]);
    assert.deepEqual(
      [...answers.keys()].filter((answer) => !allowed.has(answer)),
      [],
    );
    assert.equal(server.child.exitCode, null, server.stderr());

    // The descriptors are released as the server learns of each closed connection.
    let accepted = answers.get(202) ?? 0;
    let inRow = 0;
    const publish = () =>
      call(server.url, "POST", "/app/few/msg", { eventType: "a.b", payload: {} }).then(
        ({ status }) => status,
        () => "none" as const,
      );
    const deadline = performance.now() + 60_000;
    while (inRow < 20) {
      assert.equal(server.child.exitCode, null, server.stderr());
      assert.ok(performance.now() < deadline, "publishers are not accepted again");
      const answer = await publish();
      assert.ok(allowed.has(answer), String(answer));
      inRow = answer === 202 ? inRow + 1 : 0;
      if (answer === 202) accepted += 1;
    }
    const before = taken;
    await until("the backlog continues", () => taken > before + 1000);
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    const resident = Number(/^process_resident_memory_bytes (\S+)/m.exec(metrics)?.[1]) / 1024 ** 2;
    assert.ok(resident < MOST_RESIDENT_MB, `${resident} MiB are resident`);
    t.diagnostic(
      `${[...answers].join("; ")}; ${taken} of ${BACKLOG} sent; ${Math.round(resident)} MiB resident`,
    );
    assert.equal(await server.stop(), 0, server.stderr());
    const { created, delivered, failed } = await checkStore(settings);
    assert.equal(failed, 0, "a lack of sockets uses up no attempt");
    assert.ok(created >= BACKLOG + accepted && delivered <= taken);
  },
);
