/**
 * The cost of bad endpoints for their neighbours: 200 healthy endpoints at a steady rate, beside one endpoint
 * with as many events as all of them together. First that endpoint answers, then it hangs for its whole
 * timeout. Then another endpoint of the application has half a million due deliveries behind an open breaker.
 * Finally both occur right after a restart, compared with a restart without them, because the first seconds
 * of a process are always slow. The load is the same on every side.
 */
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";
import { monotonicMs } from "../clock.ts";
import { EVENT_TYPE, payloadText } from "../event.ts";
import { openHole } from "../hole.ts";
import { interleave, quantile, toRatio, toSpread } from "../pairs.ts";
import { milliseconds, showRatio, whole, type Row } from "../report.ts";
import { restartSubject, startSubject, type Rig, type Subject } from "../rig.ts";

const HEALTHY = 200;
/** Events a second to all healthy endpoints together. The bad endpoint gets as many. */
const EVENTS_PER_SECOND = 150;
const PAIRS = 5;
/**
 * The duration is long enough for the breaker of a hung endpoint to open, and for one stall not to be the
 * p99.
 */
const ROUND_MS = 20_000;
const WARM_MS = 4_000;
const TIMEOUT_MS = 7_000;
const CONNECTIONS = 32;
const TICK_MS = 1;
const RATIO_WANTED = 1.2;
/** Events of the bad endpoint have a separate range of numbers, so that the sink does not note them. */
const TROUBLE_FROM = 900_000_000_000;
const BATCH = 500;
const SETTINGS = {
  HOOKLINE_EGRESS_ALLOW: "127.0.0.1/32",
  HOOKLINE_STOP_GRACE: "0",
  HOOKLINE_ENDPOINT_BACKLOG: "2000000",
  HOOKLINE_APP_BACKLOG_BYTES: "16GiB",
};

export async function measureIsolation(rig: Rig): Promise<readonly Row[]> {
  const { sink, amounts } = rig;
  const roundMs = Math.min(ROUND_MS, 5 * amounts.roundMs);
  const hole = await openHole();
  let clean = await open(rig, "isolation");
  let full = await open(rig, "isolation-full");
  const measure = (subject: Subject, origin: string, durationMs = roundMs) =>
    round(rig, subject, { origin, durationMs });
  try {
    await publishPending(full, amounts.pendingDeliveries);
    for (const subject of [clean, full]) await measure(subject, sink.origin, WARM_MS);
    const values = await interleave(
      {
        alone: () => measure(clean, sink.origin),
        hung: () => measure(clean, hole.origin),
        behind: () => measure(full, sink.origin),
        async aloneRestarted() {
          await clean.stop();
          clean = await restartSubject(rig, "isolation", clean, SETTINGS);
          const p99 = await measure(clean, sink.origin);
          // The other sides are warm.
          await measure(clean, sink.origin, WARM_MS);
          return p99;
        },
        async both() {
          await full.stop();
          full = await restartSubject(rig, "isolation-full", full, SETTINGS);
          const p99 = await measure(full, hole.origin);
          await measure(full, sink.origin, WARM_MS);
          return p99;
        },
      },
      PAIRS,
    );
    const row = (what: string, side: readonly number[], alone = values.alone): Row => {
      const ratio = toRatio(side, alone);
      return {
        what,
        figure: `${milliseconds(toSpread(side).median)}; ${showRatio(ratio)} of alone`,
        wanted: `≤ ${RATIO_WANTED} of alone`,
        reached: ratio.median <= RATIO_WANTED,
      };
    };
    const rate = `${whole(EVENTS_PER_SECOND)} + ${whole(EVENTS_PER_SECOND)} events/s`;
    const backlog = whole(amounts.pendingDeliveries);
    return [
      {
        what: `(i) publish to receipt at ${HEALTHY} healthy endpoints, ${rate}, p99, alone`,
        figure: milliseconds(toSpread(values.alone).median),
      },
      row("(i) half of all events to an endpoint that hangs", values.hung),
      row(`(i) beside ${backlog} due behind an open breaker`, values.behind),
      {
        what: "(i) alone, right after a restart",
        figure: milliseconds(toSpread(values.aloneRestarted).median),
      },
      row("(i) both, right after a restart", values.both, values.aloneRestarted),
    ];
  } finally {
    await clean.stop();
    await full.stop();
    hole.close();
  }
}

async function open(rig: Rig, name: string): Promise<Subject> {
  const subject = await startSubject(rig, name, { endpoints: 0, settings: SETTINGS });
  for (let n = 0; n < HEALTHY; n++) {
    await makeEndpoint(subject, `${rig.sink.origin}/e/${n}`, toChannel(n));
  }
  return subject;
}

async function makeEndpoint(subject: Subject, url: string, channel: string): Promise<string> {
  const { server, app } = subject;
  const given = { url, filterTypes: [EVENT_TYPE], channels: [channel], timeoutMs: TIMEOUT_MS };
  const made = await server.call("POST", `/app/${app}/endpoint`, given);
  return `/app/${app}/endpoint/${String(made["id"])}`;
}

function toChannel(n: number): string {
  return `healthy-${n % HEALTHY}`;
}

/** Creates due deliveries of one endpoint whose port is closed, and waits until its breaker has opened. */
async function publishPending(subject: Subject, count: number): Promise<void> {
  await makeEndpoint(subject, `http://127.0.0.1:${await closedPort()}`, "dead");
  const { server, app } = subject;
  for (let done = 0; done < count; done += BATCH) {
    const events = Array.from({ length: Math.min(BATCH, count - done) }, () =>
      eventText(subject.numbers.next++, "dead"),
    );
    await post(subject, `/msg/batch`, `[${events.join(",")}]`);
  }
  while (!/^hookline_breaker_turns_total\{to="open"\} [1-9]/m.test(await server.metrics()))
    await sleep(200);
  console.log(`${whole(count)} due behind an open breaker of ${app}`);
}

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** p99 of publish to receipt at the healthy endpoints, with the bad one at `origin`. */
async function round(
  rig: Rig,
  subject: Subject,
  p: { readonly origin: string; readonly durationMs: number },
): Promise<number> {
  const { sink } = rig;
  const trouble = await makeEndpoint(subject, p.origin, "trouble");
  const pool = new Pool(subject.server.url, { connections: CONNECTIONS, pipelining: 1 });
  const total = Math.floor((EVENTS_PER_SECOND * p.durationMs) / 1000);
  const isAnswered = p.origin === sink.origin;
  const publishedAt = new Float64Array(total);
  const first = subject.numbers.next;
  subject.numbers.next += total;
  const before = sink.received();
  sink.note(first, total);
  const startedAt = monotonicMs();
  const answers: Promise<void>[] = [];
  for (let sent = 0; sent < total; await sleep(TICK_MS)) {
    const now = monotonicMs();
    const due = Math.min(total, Math.ceil(((now - startedAt) / 1000) * EVENTS_PER_SECOND));
    for (; sent < due; sent++) {
      publishedAt[sent] = now;
      const number = first + sent;
      answers.push(publish(pool, subject, eventText(number, toChannel(number))));
      answers.push(publish(pool, subject, eventText(TROUBLE_FROM + number, "trouble")));
    }
  }
  await Promise.all(answers);
  await sink.waitFor(before + total * (isAnswered ? 2 : 1));
  const arrivals = await sink.arrivals();
  await subject.server.call("DELETE", trouble);
  await pool.close();
  return quantile(
    Array.from(arrivals, (at, i) => at - (publishedAt[i] ?? Number.NaN)),
    0.99,
  );
}

function eventText(number: number, channel: string): string {
  return `{"eventType":"${EVENT_TYPE}","channels":["${channel}"],"payload":${payloadText(number)}}`;
}

async function publish(pool: Pool, subject: Subject, body: string): Promise<void> {
  const { statusCode, body: answer } = await pool.request({
    method: "POST",
    path: `/api/v1/app/${subject.app}/msg`,
    headers: toHeaders(subject),
    body,
  });
  const text = await answer.text();
  if (statusCode !== 202) throw new Error(`a publish was answered with ${statusCode}: ${text}`);
}

async function post(subject: Subject, path: string, body: string): Promise<void> {
  const { url } = subject.server;
  const response = await fetch(`${url}/api/v1/app/${subject.app}${path}`, {
    method: "POST",
    headers: toHeaders(subject),
    body,
  });
  const text = await response.text();
  if (response.status !== 202)
    throw new Error(`a batch was answered with ${response.status}: ${text}`);
}

function toHeaders({ server }: Subject): Record<string, string> {
  return { authorization: `Bearer ${server.token}`, "content-type": "application/json" };
}
