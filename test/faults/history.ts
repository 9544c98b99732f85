/**
 * The judge of every fault test. A publisher and a receiver log all that they saw, the store says
 * what it holds in the end, and one pure function compares: what was acknowledged is in the store
 * and arrived or is still owed (I1), what arrives twice was under way (I2), nothing arrives that was
 * refused or never published, and ids, bodies and signatures are what they were. It knows neither
 * the server nor the fault, so it cannot be lenient towards either.
 */

/** One request for one event. A repeat of a request is one more of these, under the same `eventId`. */
export type Publish = {
  /** The publisher's own id, which its payload names too. */
  readonly eventId: string;
  readonly bodyHash: string;
  /** `unknown`: no answer came, or one that leaves open whether it was stored. */
  readonly outcome: "ok" | "fail" | "unknown";
  /** The id that the answer named. */
  readonly id: string | null;
};

/** One request that a receiver answered with 2xx. */
export type Receipt = {
  readonly endpoint: string;
  /** The dedupe id, which is the event's. */
  readonly id: string;
  /** As the payload names it; null when it cannot be read. */
  readonly eventId: string | null;
  readonly bodyHash: string;
  readonly isSigned: boolean;
};

export type DeliveryState = "delivered" | "pending" | "failed" | "cancelled";

/** A delivery as the store tells it in the end; a parked one is pending. */
export type Stored = {
  readonly endpoint: string;
  readonly id: string;
  readonly eventId: string | null;
  readonly state: DeliveryState;
};

export type History = {
  /** Each is owed every event. */
  readonly endpoints: readonly string[];
  readonly publishes: readonly Publish[];
  readonly receipts: readonly Receipt[];
  readonly stored: readonly Stored[];
  /** What may have been under way when faults struck, and so may arrive once more. */
  readonly mostDuplicates: number;
};

export type Rule =
  | "acknowledged is stored"
  | "acknowledged arrives or is owed"
  | "recorded as delivered arrived"
  | "refused is not stored"
  | "refused does not arrive"
  | "never published does not arrive"
  | "one event has one id"
  | "the body is what was published"
  | "the signature holds"
  | "duplicates were under way";

export type Violation = { readonly rule: Rule; readonly about: string };

export type Verdict = {
  readonly violations: readonly Violation[];
  readonly counts: {
    readonly ok: number;
    readonly fail: number;
    readonly unknown: number;
    readonly receipts: number;
    readonly duplicates: number;
    readonly owed: number;
  };
};

/** All requests for one event in one: it is acknowledged when one of them was. */
type Published = { outcome: Publish["outcome"]; bodyHash: string; ids: Set<string> };

export function judge(history: History): Verdict {
  const violations: Violation[] = [];
  const broken = (rule: Rule, about: string): void => void violations.push({ rule, about });

  const published = mergePublishes(history.publishes);
  const nameOfId = new Map<string, string>();
  for (const [eventId, { ids }] of published) for (const id of ids) nameOfId.set(id, eventId);
  const at = (endpoint: string, id: string): string => `${id} at ${endpoint}`;

  const arrived = new Map<string, number>();
  for (const receipt of history.receipts) {
    const { endpoint, id } = receipt;
    arrived.set(at(endpoint, id), (arrived.get(at(endpoint, id)) ?? 0) + 1);
    if (!receipt.isSigned) broken("the signature holds", at(endpoint, id));
    const eventId = nameOfId.get(id) ?? receipt.eventId;
    const event = eventId === null ? undefined : published.get(eventId);
    if (eventId === null || event === undefined) {
      broken("never published does not arrive", at(endpoint, id));
      continue;
    }
    event.ids.add(id);
    if (event.outcome === "fail") broken("refused does not arrive", at(endpoint, eventId));
    if (event.bodyHash !== receipt.bodyHash) {
      broken("the body is what was published", at(endpoint, eventId));
    }
  }

  const states = new Map<string, DeliveryState>();
  for (const { endpoint, id, eventId, state } of history.stored) {
    states.set(at(endpoint, id), state);
    const event = published.get(nameOfId.get(id) ?? eventId ?? "");
    event?.ids.add(id);
    if (event?.outcome === "fail") broken("refused is not stored", at(endpoint, id));
    if (state === "delivered" && !arrived.has(at(endpoint, id))) {
      broken("recorded as delivered arrived", at(endpoint, id));
    }
  }

  const counts = { ok: 0, fail: 0, unknown: 0, receipts: history.receipts.length, owed: 0 };
  for (const [eventId, { outcome, ids }] of published) {
    counts[outcome] += 1;
    if (ids.size > 1) broken("one event has one id", `${eventId}: ${[...ids].join(", ")}`);
    if (outcome !== "ok") continue;
    for (const endpoint of history.endpoints) {
      const [id = ""] = ids;
      const state = states.get(at(endpoint, id));
      const isStillPending = state === "pending" || state === "failed";
      if (isStillPending) counts.owed += 1;
      if (state === undefined) broken("acknowledged is stored", at(endpoint, eventId));
      if (!isStillPending && !arrived.has(at(endpoint, id))) {
        broken("acknowledged arrives or is owed", at(endpoint, eventId));
      }
    }
  }

  const duplicates = history.receipts.length - arrived.size;
  if (duplicates > history.mostDuplicates) {
    const about = `${duplicates} arrived again, at most ${history.mostDuplicates} were under way`;
    broken("duplicates were under way", about);
  }
  return { violations, counts: { ...counts, duplicates } };
}

function mergePublishes(publishes: readonly Publish[]): Map<string, Published> {
  const merged = new Map<string, Published>();
  for (const { eventId, bodyHash, outcome, id } of publishes) {
    const known = merged.get(eventId);
    const ids = known?.ids ?? new Set<string>();
    if (id !== null) ids.add(id);
    merged.set(eventId, {
      ids,
      bodyHash: known?.bodyHash ?? bodyHash,
      outcome: known === undefined ? outcome : stronger(known.outcome, outcome),
    });
  }
  return merged;
}

/** A request that was refused says nothing of another one for the same event. */
function stronger(one: Publish["outcome"], other: Publish["outcome"]): Publish["outcome"] {
  if (one === "ok" || other === "ok") return "ok";
  return one === "unknown" || other === "unknown" ? "unknown" : "fail";
}
