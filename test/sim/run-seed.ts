/** One simulated run: real engines go through the story of a seed, and the end state is checked. */
import { createIdSource } from "../../src/core/ids/ids.ts";
import type { Outcome } from "../../src/core/delivery/outcome.ts";
import type { SendRequest } from "../../src/net/send.ts";
import { newApp, newEndpoint } from "../contract/store/fixtures.ts";
import type { Endpoint, EndpointChange } from "../../src/store/interface/endpoints.ts";
import { checkEnd } from "./check-end.ts";
import { createLedger } from "./ledger.ts";
import { meet } from "./network.ts";
import type { Mood } from "./network.ts";
import { startNode } from "./node.ts";
import type { SimulatedNode } from "./node.ts";
import { createRandom } from "./random.ts";
import { openSimulatedStore, SHARDS } from "./store.ts";
import { drawStory } from "./story.ts";
import type { Turn } from "./story.ts";
import { createTexts, toEvent } from "./texts.ts";
import { takeTimers } from "./timers.ts";
import { createTimeline } from "./timeline.ts";

const START = 1_795_348_800_000;
const HOUR_MS = 3_600_000;
/** A node that is away for as long as a lease is missed a little longer than that. */
const TAKEOVER_MS = 8000;
/** The time after all faults: the slot after the last failure may be six hours and a fifth away. */
const SETTLING_MS = 30 * HOUR_MS;

/** Every second run leaves the deliveries of most publishes for later. */
const INLINE = { few: 2, many: 1000 };
/** A publish with the last key of a large one follows after this time, before its parts end. */
const SOON_MS = 10;

export type RunCounts = Record<"attempts" | "deliveries", number>;
/** Throws `Broken` when a promise is broken. */
export async function runSeed(seed: number, senders: number): Promise<RunCounts> {
  const random = createRandom(seed);
  const story = drawStory(random);
  const hasFanOuts = seed % 2 === 0;
  const timeline = createTimeline(START);
  const undoTimers = takeTimers(timeline);
  const ledger = createLedger(story);
  const texts = createTexts();
  ledger.checkPromptness(story.kind === "minutes");
  const opened = openSimulatedStore({
    timeline,
    random,
    leaseRoom: story.leaseRoom,
    inlineDeliveries: hasFanOuts ? INLINE.few : INLINE.many,
    onCommitted: (calls) =>
      guard(() => {
        ledger.committed(calls);
        texts.committed(calls);
      }),
  });
  const { store, writer } = opened;
  const ids = createIdSource({ now: timeline.now, randomBytes: random.bytes });
  const endpoints: Endpoint[] = [];
  const moods = new Map<string, Mood>();
  const published: string[] = [];
  const nodes: SimulatedNode[] = [];
  let nodeCount = 0;
  let attempts = 0;
  let failure: Error | null = null;
  let isHealed = false;
  let appId = "";

  /** The engine must not catch a broken promise that is found inside its calls. */
  function guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      failure ??= error as Error;
    }
  }

  function send(node: SimulatedNode, request: SendRequest, owner: string): Promise<Outcome> {
    const { eventId, endpointId } = JSON.parse(request.body as string) as Sent;
    attempts += 1;
    return new Promise((resolve) => {
      guard(() => {
        const startedAt = timeline.now();
        const attempt = ledger.started({
          owner,
          endpointId,
          eventId,
          url: request.url,
          now: startedAt,
          shard: (shard) => writer.state.shards()[shard] as never,
          predecessors: (delivery) => countPredecessors(delivery.deliveryId, startedAt),
        });
        const mood = isHealed ? "takes" : (moods.get(endpointId) ?? "takes");
        const met = meet({ random, mood, deadlineMs: request.deadlineMs });
        const isOnItsWay = random.chance(0.5);
        timeline.at(startedAt + met.arrivesMs, () => {
          if (met.takes && (node.isAlive || isOnItsWay)) attempt.taken();
        });
        timeline.at(startedAt + met.endsMs, () => {
          if (!node.isAlive) return attempt.ended(null, timeline.now());
          node.deliver(() => {
            attempt.ended(met.outcome, timeline.now());
            resolve(met.outcome);
          });
        });
      });
    });
  }

  function countPredecessors(deliveryId: number, now: number): number {
    const row = writer
      .sql(
        `SELECT count(*) AS before FROM delivery AS own JOIN delivery AS other
          ON other.endpointSeq = own.endpointSeq AND other.orderingKey = own.orderingKey
          AND other.seq < own.seq AND other.state = 0
          WHERE own.seq = ? AND own.skipAt > ?`,
      )
      .get(deliveryId, now);
    return row?.["before"] as number;
  }

  function startAnother(): void {
    nodeCount += 1;
    ledger.holdAllBack(timeline.now() + TAKEOVER_MS);
    nodes.push(
      startNode({
        owner: `node-${nodeCount}`,
        senders,
        store,
        timeline,
        random,
        limits: { ...story, shards: SHARDS },
        send,
        render: (snapshot, endpoint) => ({
          body: JSON.stringify({ eventId: snapshot.eventId, endpointId: endpoint.endpointId }),
          contentType: "application/json",
          headers: {},
          query: null,
          dedupeId: snapshot.eventId,
        }),
      }),
    );
  }

  async function change(endpoint: number, changes: EndpointChange): Promise<void> {
    const { endpointId } = endpoints[endpoint] as Endpoint;
    const changed = await store.endpoints.update({
      appRef: appId,
      ref: endpointId,
      change: changes,
      now: timeline.now(),
    });
    if (changed === null) return;
    await store.endpoints.acknowledged({ endpointId, version: changed.version });
    // A later change may have been made meanwhile. Then its own answer counts.
    if (writer.state.endpoint(endpointId)?.version === changed.version) ledger.answered(endpointId);
  }

  async function publish(turn: Extract<Turn, { kind: "publish" }>): Promise<void> {
    const acceptedAt = timeline.now();
    const events = turn.events.map((each) => toEvent(each, { id: ids.next("msg_"), acceptedAt }));
    const result = await store.accept.publish({
      appRef: appId,
      createApp: null,
      events,
      onDuplicate: "refuse",
      idempotencyKey: null,
      acceptedAt,
    });
    guard(() => texts.published(turn.events, result));
    published.push(...events.map(({ id }) => id));
  }

  function take(turn: Turn): void {
    const now = timeline.now();
    const node = random.pick(nodes.filter(({ isAlive }) => isAlive)) as SimulatedNode | undefined;
    const endpointRef = "endpoint" in turn ? (endpoints[turn.endpoint] as Endpoint).endpointId : "";
    // A call that is rejected while the store is away changed nothing and promises nothing.
    const ignore = () => undefined;
    switch (turn.kind) {
      case "publish":
        if (hasFanOuts && turn.events.every(({ text }) => text === undefined)) {
          const events = turn.events.slice(-1);
          timeline.at(now + SOON_MS, () => void publish({ ...turn, events }).catch(ignore));
        }
        return void publish(turn).catch(ignore);
      case "mood":
        return void moods.set(endpointRef, turn.mood);
      case "status":
        return void change(turn.endpoint, { status: turn.status }).catch(ignore);
      case "enable":
        return void change(turn.endpoint, { status: "enabled" }).catch(ignore);
      case "edit":
        return void change(turn.endpoint, { url: `https://r${turn.endpoint}.test/${now}` }).catch(
          ignore,
        );
      case "replay": {
        if (published.length === 0) return;
        const eventId = random.pick(published);
        return void store.queue.replay({ appRef: appId, eventId, endpointRef, now }).catch(ignore);
      }
      case "crash":
      case "restart":
        if (node === undefined) return;
        ledger.holdAllBack(now + turn.backMs + story.leaseMs + TAKEOVER_MS);
        if (turn.kind === "crash") node.crash();
        else node.stop();
        timeline.at(now + turn.backMs, () => {
          if (node.isAlive) node.crash();
          if (turn.ownsFile && nodes.every(({ isAlive }) => !isAlive)) opened.clearOwners();
          startAnother();
        });
        return;
      case "stall":
        if (node !== undefined) node.stalledUntil = now + turn.forMs;
        return ledger.holdAllBack(now + turn.forMs + story.leaseMs + TAKEOVER_MS);
      case "partition":
        if (node !== undefined) node.partitionedUntil = now + turn.forMs;
        return ledger.holdAllBack(now + turn.forMs + story.leaseMs + TAKEOVER_MS);
      case "outage":
        opened.isAway = true;
        timeline.at(now + turn.forMs, () => (opened.isAway = false));
        return ledger.holdAllBack(now + turn.forMs + story.leaseMs + TAKEOVER_MS);
    }
  }

  async function run(until: number, isOver: () => boolean, leaps: boolean): Promise<void> {
    await timeline.run({
      until,
      isOver: () => failure !== null || isOver(),
      ...(leaps ? { leap: { nextDue } } : undefined),
    });
    if (failure !== null) throw failure;
  }

  /** No leap passes an endpoint's next due delivery. */
  function nextDue(now: number): number | null {
    const row = writer.sql("SELECT min(nextDueAt) AS at FROM endpointQueue").get();
    const at = (row?.["at"] ?? null) as number | null;
    if (ledger.leftEvents() > 0) return now;
    return at === null ? null : Math.max(at, now);
  }

  function isNothingPending(): boolean {
    if (ledger.leftEvents() > 0) return false;
    return writer.sql("SELECT 1 FROM delivery WHERE state = 0 LIMIT 1").get() === undefined;
  }

  try {
    let isReady = false;
    void (async () => {
      const { value: app } = await store.apps.create({
        app: newApp({ id: ids.next("app_") }),
        idempotencyKey: null,
      });
      appId = app.id;
      for (const [n, { retrySchedule, timeoutMs }] of story.endpoints.entries()) {
        const endpoint = newEndpoint(appId, {
          endpointId: ids.next("ep_"),
          retrySchedule,
          timeoutMs,
          url: `https://r${n}.test/`,
          authentication: [],
          secrets: [],
          shard: random.below(SHARDS),
        });
        await store.endpoints.create({ appRef: appId, endpoint, idempotencyKey: null });
        endpoints.push(endpoint);
        ledger.addEndpoint(endpoint);
      }
      isReady = true;
    })();
    await run(START + 60_000, () => isReady, false);
    for (let n = 0; n < story.nodes; n++) startAnother();
    const beganAt = timeline.now();
    for (const turn of story.turns) timeline.at(beganAt + turn.at, () => guard(() => take(turn)));
    await run(beganAt + story.lengthMs, () => false, story.kind === "days");

    ledger.checkPromptness(false);
    isHealed = true;
    opened.isAway = false;
    for (const node of nodes) node.partitionedUntil = 0;
    await run(timeline.now() + 60_000, () => false, false);
    if (nodes.every(({ isAlive }) => !isAlive)) startAnother();
    for (const n of endpoints.keys()) void change(n, { status: "enabled" });
    await run(timeline.now() + 30_000, () => false, false);
    await run(timeline.now() + SETTLING_MS, isNothingPending, true);

    let problems: readonly string[] | null = null;
    void store.upkeep.check().then((checked) => (problems = checked.problems));
    await run(timeline.now() + 60_000, () => problems !== null, false);
    checkEnd({ ledger, writer, problems: problems ?? ["the check did not end"] });
    texts.checkEnd(writer);
    return { attempts, deliveries: ledger.pending.size };
  } finally {
    for (const node of nodes) node.crash();
    opened.close();
    undoTimers();
  }
}

type Sent = Record<"eventId" | "endpointId", string>;
