/**
 * The victim of an attack (I4): another application, with its own key and a fast receiver. Its publishes
 * leave at a steady rate without waiting for the previous ones, so that all of them notice a server that
 * blocks. The attack must run in another thread or process, because this one is the victim's clock.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { startReceiver } from "../../harness/receiver.ts";
import { call, type ServerProcess } from "../../harness/server.ts";

export type VictimRound = {
  readonly publishes: number;
  /** Publishes that were answered with 202. */
  readonly taken: number;
  /** Accepted events that arrived. */
  readonly delivered: number;
  readonly publishP50Ms: number;
  readonly publishP99Ms: number;
  /** The median time from the start of a publish to the arrival of its event. */
  readonly deliveryP50Ms: number;
  readonly deliveryP99Ms: number;
};

export type Victim = AsyncDisposable & {
  /** Publishes this many events. Waits until all accepted ones have arrived, or for a minute. */
  round(publishes: number): Promise<VictimRound>;
};

const GAP_MS = 20;
const ARRIVAL_LIMIT_MS = 60_000;
const TIMES_SLOWER = 4;
/**
 * The limit of a slowdown that is not measurable noise. The server, its attack, the receivers and the victim
 * share two cores. With six to eight more processes, p99 during an attack was up to 810 ms (2026-11-29).
 * No turn of the event loop took more than 40 ms of CPU. Four times a few milliseconds is less than that
 * noise. The controls take 1.6 to 18 seconds.
 */
export const UNHARMED_MS = 1000;
/** The medians of the controls are 28 to 2,700 times those before on a fast machine (2026-11-30). */
const TIMES_HARMED = 10;
const GROWTH_LIMIT_BYTES = 150 * 1024 * 1024;

/** The server must allow 127.0.0.1. The application must not exist yet. */
export async function startVictim(
  { url }: Pick<ServerProcess, "url">,
  { app }: { readonly app: string },
): Promise<Victim> {
  const arrivedAt = new Map<number, number>();
  const receiver = await startReceiver(
    ({ body }, response) => {
      const { n } = JSON.parse(body) as { readonly n: number };
      if (!arrivedAt.has(n)) arrivedAt.set(n, performance.now());
      response.writeHead(200).end();
    },
    { keep: false },
  );
  const made = async (path: string, body: unknown) => {
    const answer = await call(url, "POST", path, body);
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    return answer.body;
  };
  await made("/app", { name: app, uid: app });
  const { key } = await made(`/app/${app}/key`, { kind: "publish" });
  await made(`/app/${app}/endpoint`, { url: receiver.url });
  let published = 0;

  /** The response time; null when the answer was not 202. */
  async function publish(n: number): Promise<number | null> {
    const startedAt = performance.now();
    const event = { eventType: "victim.event", payload: { n } };
    const headers = { authorization: `Bearer ${String(key)}` };
    const answer = await call(url, "POST", `/app/${app}/msg`, event, headers).catch(() => null);
    return answer?.status === 202 ? performance.now() - startedAt : null;
  }

  return {
    async round(publishes) {
      const startedAt = performance.now();
      const sent: {
        readonly n: number;
        readonly at: number;
        readonly took: Promise<number | null>;
      }[] = [];
      for (let turn = 0; turn < publishes; turn += 1) {
        const waitMs = startedAt + turn * GAP_MS - performance.now();
        if (waitMs > 0) await sleep(waitMs);
        const n = (published += 1);
        sent.push({ n, at: performance.now(), took: publish(n) });
      }
      const publishMs: number[] = [];
      const lastArrivalAt = performance.now() + ARRIVAL_LIMIT_MS;
      const deliveryMs: number[] = [];
      for (const { n, at, took } of sent) {
        const ms = await took;
        if (ms === null) continue;
        publishMs.push(ms);
        const arrival = await receiver
          .until(() => arrivedAt.has(n), Math.max(0, lastArrivalAt - performance.now()))
          .then(() => arrivedAt.get(n))
          .catch(() => undefined);
        if (arrival !== undefined) deliveryMs.push(arrival - at);
      }
      return {
        publishes,
        taken: publishMs.length,
        delivered: deliveryMs.length,
        publishP50Ms: quantile(publishMs, 0.5),
        publishP99Ms: quantile(publishMs, 0.99),
        deliveryP50Ms: quantile(deliveryMs, 0.5),
        deliveryP99Ms: quantile(deliveryMs, 0.99),
      };
    },
    [Symbol.asyncDispose]: () => receiver[Symbol.asyncDispose](),
  };
}

export type AttackFigures = {
  readonly before: VictimRound;
  readonly during: VictimRound;
  readonly residentBefore: number;
  /** The highest of the samples. */
  readonly residentDuring: number;
};

/** Resident memory of the server process, which must run without a wrapper. Linux only. */
export function residentBytes({
  child,
}: {
  readonly child: { readonly pid?: number | undefined };
}): number {
  const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
  const kibibytes = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1];
  assert.ok(kibibytes !== undefined, "the process has no resident memory");
  return Number(kibibytes) * 1024;
}

/**
 * Fails when the victim was harmed: a publish was refused, or a delivery did not arrive. The 99th percentile
 * of either may not exceed both four times its value before and one second. The server's resident memory may
 * not grow by more than 150 MiB.
 */
export function assertUnharmed(p: AttackFigures): void {
  const { before, during } = p;
  const figures = victimText(p);
  assert.equal(during.taken, during.publishes, `publishes were refused: ${figures}`);
  assert.equal(during.delivered, during.taken, `deliveries did not arrive: ${figures}`);
  const publishLimitMs = Math.max(TIMES_SLOWER * before.publishP99Ms, UNHARMED_MS);
  assert.ok(during.publishP99Ms <= publishLimitMs, `publishes became slow: ${figures}`);
  const deliveryLimitMs = Math.max(TIMES_SLOWER * before.deliveryP99Ms, UNHARMED_MS);
  assert.ok(during.deliveryP99Ms <= deliveryLimitMs, `deliveries became slow: ${figures}`);
  const grown = p.residentDuring - p.residentBefore;
  assert.ok(grown <= GROWTH_LIMIT_BYTES, `memory grew by ${grown} bytes: ${figures}`);
}

export type Harm = "refused" | "lost" | "slow" | "memory";

/**
 * The harm that a control must show. It does not depend on the speed of the machine: a victim is slow when its
 * median is ten times that before, or when `assertUnharmed` finds it slow.
 */
function findHarm(p: AttackFigures): readonly Harm[] {
  const { before, during } = p;
  const isSlow =
    during.publishP50Ms >= TIMES_HARMED * before.publishP50Ms ||
    during.publishP99Ms > Math.max(TIMES_SLOWER * before.publishP99Ms, UNHARMED_MS) ||
    during.deliveryP50Ms >= TIMES_HARMED * before.deliveryP50Ms ||
    during.deliveryP99Ms > Math.max(TIMES_SLOWER * before.deliveryP99Ms, UNHARMED_MS);
  const harms: readonly [Harm, boolean][] = [
    ["refused", during.taken < during.publishes],
    ["lost", during.delivered < during.taken],
    ["slow", isSlow],
    ["memory", p.residentDuring - p.residentBefore > GROWTH_LIMIT_BYTES],
  ];
  return harms.flatMap(([harm, isFound]) => (isFound ? harm : []));
}

/** Fails when the figures show none of these harms. */
export function assertHarmed(p: AttackFigures, expected: readonly Harm[]): void {
  const found = findHarm(p);
  assert.ok(
    expected.some((harm) => found.includes(harm)),
    `expected ${expected.join(" or ")}, found ${found.join(", ") || "no harm"}: ${victimText(p)}`,
  );
}

/** One line for the diagnostics of a row. */
export function victimText(p: AttackFigures): string {
  const figures = (round: VictimRound) =>
    `${round.taken} of ${round.publishes} taken, ${round.delivered} delivered, ` +
    `publish ${Math.round(round.publishP50Ms)}/${Math.round(round.publishP99Ms)} ms, ` +
    `delivery ${Math.round(round.deliveryP50Ms)}/${Math.round(round.deliveryP99Ms)} ms (p50/p99)`;
  const mebibytes = (bytes: number) => Math.round(bytes / 2 ** 20);
  return (
    `before: ${figures(p.before)}, ${mebibytes(p.residentBefore)} MiB; ` +
    `during: ${figures(p.during)}, ${mebibytes(p.residentDuring)} MiB`
  );
}

function quantile(figures: readonly number[], share: number): number {
  const sorted = figures.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Infinity;
}
