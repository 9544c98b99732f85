/**
 * The contents of a simulated run, drawn from its seed before it begins: the endpoints, the publishes and
 * changes, the behaviour of the receivers, and the faults. There are two kinds: a few busy minutes with
 * interactions of all kinds, and 72 hours in which some receiver stays dead.
 */
import { MOODS } from "./network.ts";
import type { Mood } from "./network.ts";
import { drawPersons } from "./persons.ts";
import type { Random } from "./random.ts";
import { drawText, type PublishedEvent } from "./texts.ts";

export type Turn = { readonly at: number } & (
  | {
      readonly kind: "publish";
      readonly events: readonly PublishedEvent[];
    }
  | { readonly kind: "mood"; readonly endpoint: number; readonly mood: Mood }
  | { readonly kind: "status"; readonly endpoint: number; readonly status: "paused" | "disabled" }
  | { readonly kind: "enable" | "edit" | "replay"; readonly endpoint: number }
  | { readonly kind: "crash" | "restart"; readonly backMs: number; readonly ownsFile: boolean }
  | { readonly kind: "stall" | "partition" | "outage"; readonly forMs: number }
);

export type Story = {
  readonly kind: "minutes" | "days";
  readonly lengthMs: number;
  readonly nodes: number;
  readonly leaseMs: number;
  readonly leaseRoom: number;
  readonly mostAtOnce: number;
  readonly inFlight: number;
  readonly endpoints: readonly {
    /** Seconds between attempts; null for the schedule of 72 hours. */
    readonly retrySchedule: readonly number[] | null;
    readonly timeoutMs: number | null;
  }[];
  readonly turns: readonly Turn[];
};

const HOUR_MS = 3_600_000;
/** One run of days costs as much as ten of minutes. */
const DAYS_SHARE = 0.04;

export function drawStory(random: Random): Story {
  const isDays = random.chance(DAYS_SHARE);
  const lengthMs = isDays ? 73 * HOUR_MS : random.between(30_000, 150_000);
  const endpoints = Array.from({ length: random.between(1, isDays ? 2 : 4) }, () => ({
    retrySchedule: random.pick([null, null, null, [5, 30], [10, 60, 300, 1800]]),
    timeoutMs: random.chance(0.5) ? null : random.between(1000, 8000),
  }));
  const nodes = random.chance(0.6) ? 2 : 1;
  const shape = { random, endpoints: endpoints.length, nodes };
  return {
    kind: isDays ? "days" : "minutes",
    lengthMs,
    nodes,
    leaseMs: isDays ? 24 * HOUR_MS : 15_000,
    leaseRoom: random.pick([4, 16, 64]),
    mostAtOnce: random.pick([2, 5, 16]),
    inFlight: random.pick([4, 16, 64]),
    endpoints,
    turns: (isDays ? drawDays(shape, lengthMs) : drawMinutes(shape, lengthMs)).toSorted(
      (a, b) => a.at - b.at,
    ),
  };
}

type Shape = { readonly random: Random; readonly endpoints: number; readonly nodes: number };

function drawMinutes({ random, endpoints, nodes }: Shape, lengthMs: number): Turn[] {
  const at = () => random.below(lengthMs);
  const endpoint = () => random.below(endpoints);
  const turns: Turn[] = [];
  const several = (most: number, draw: () => Turn) => {
    const count = random.below(most + 1);
    for (let n = 0; n < count; n++) turns.push(draw());
  };
  turns.push(publish(random, at()));
  for (let n = random.below(3); n > 0; n--) turns.push(...drawText(random, `text-${n}`, at()));
  turns.push(...drawPersons(random, at));
  several(8, () => publish(random, at()));
  several(2 * endpoints, () => ({
    kind: "mood",
    at: at(),
    endpoint: endpoint(),
    mood: random.pick(MOODS),
  }));
  several(3, () => ({
    kind: "status",
    at: at(),
    endpoint: endpoint(),
    status: random.pick(["paused", "disabled"]),
  }));
  several(4, () => ({
    kind: random.pick(["enable", "edit", "replay"]),
    at: at(),
    endpoint: endpoint(),
  }));
  // A third of all runs have no fault of the server, and there nothing may be late or repeated.
  if (random.chance(0.35)) return turns;
  several(2, () => ({
    kind: random.pick(["crash", "restart"]),
    at: at(),
    backMs: random.between(10, 20_000),
    ownsFile: nodes === 1 && random.chance(0.7),
  }));
  several(3, () => ({
    kind: random.pick(["stall", "partition", "outage"]),
    at: at(),
    forMs: random.between(100, 30_000),
  }));
  return turns;
}

/** Most receivers keep their mood, so that schedules run to their ends. */
function drawDays({ random, endpoints, nodes }: Shape, lengthMs: number): Turn[] {
  const turns: Turn[] = [];
  for (let endpoint = 0; endpoint < endpoints; endpoint++) {
    const mood = random.pick(["errs", "hangs", "refuses", "throttles", "flaky", "gone"] as const);
    turns.push({ kind: "mood", at: 0, endpoint, mood });
    if (!random.chance(0.3)) continue;
    const at = random.below(lengthMs);
    turns.push({ kind: "mood", at, endpoint, mood: random.pick(MOODS) });
  }
  const published = random.between(1, 4);
  for (let n = 0; n < published; n++) turns.push(publish(random, random.below(HOUR_MS)));
  if (random.chance(0.3)) {
    const at = random.below(60 * HOUR_MS);
    const endpoint = random.below(endpoints);
    turns.push({ kind: "status", at, endpoint, status: random.pick(["paused", "disabled"]) });
    turns.push({ kind: "enable", at: at + random.below(10 * HOUR_MS), endpoint });
  }
  if (random.chance(0.5)) {
    const ownsFile = nodes === 1;
    const at = random.below(lengthMs);
    turns.push({ kind: "crash", at, backMs: random.between(1000, HOUR_MS), ownsFile });
  }
  return turns;
}

function publish(random: Random, at: number): Turn {
  const events = Array.from({ length: random.between(1, 4) }, () => ({
    key: random.chance(0.3) ? random.pick(["a", "b"]) : null,
    laterMs: random.chance(0.05) ? random.between(1000, 60_000) : 0,
  }));
  return { kind: "publish", at, events };
}
