/**
 * The checker of every fault test. A publisher and a receiver log everything, and the store returns its
 * contents at the end. One pure function compares them. Acknowledged events are in the store, and arrived or
 * are pending (I1). Repeated deliveries were in flight (I2). Nothing arrives that was refused or never
 * published. Ids, bodies and signatures are unchanged. The checker knows neither the server nor the fault, so
 * it cannot be lenient towards either.
 */

/** One request for one event. A repeat is a further element, under the same `eventId`. */
export type Publish = {
  /** The publisher's id, which its payload contains too. */
  readonly eventId: string;
  readonly bodyHash: string;
  /** `unknown`: no answer came, or one that does not say whether the event was stored. */
  readonly outcome: "ok" | "fail" | "unknown";
  /** The id in the answer. */
  readonly id: string | null;
};

/** One request that a receiver answered with 2xx. */
export type Receipt = {
  readonly endpoint: string;
  /** The dedupe id, which is the event's id. */
  readonly id: string;
  /** The `eventId` in the payload; null when the payload cannot be parsed. */
  readonly eventId: string | null;
  readonly bodyHash: string;
  readonly isSigned: boolean;
};

export type DeliveryState = "delivered" | "pending" | "failed" | "cancelled";

/** A delivery in the store at the end. A parked one is pending. */
export type Stored = {
  readonly endpoint: string;
  readonly id: string;
  readonly eventId: string | null;
  readonly state: DeliveryState;
};

export type History = {
  /** The endpoints, each of which gets every event. */
  readonly endpoints: readonly string[];
  readonly publishes: readonly Publish[];
  readonly receipts: readonly Receipt[];
  readonly stored: readonly Stored[];
  /** The most deliveries that were in flight at the faults, and so may arrive twice. */
  readonly mostDuplicates: number;
};

export type Rule =
  | "acknowledged is stored"
  | "acknowledged arrives or is pending"
  | "recorded as delivered arrived"
  | "refused is not stored"
  | "refused does not arrive"
  | "never published does not arrive"
  | "one event has one id"
  | "the body is unchanged"
  | "the signature is valid"
  | "duplicates were in flight";

export type Violation = { readonly rule: Rule; readonly about: string };

export type Verdict = {
  readonly violations: readonly Violation[];
  readonly counts: {
    readonly ok: number;
    readonly fail: number;
    readonly unknown: number;
    readonly receipts: number;
    readonly duplicates: number;
    readonly pending: number;
  };
};

/** All requests for one event, merged. The event is acknowledged when one request was. */
type Published = { outcome: Publish["outcome"]; bodyHash: string; ids: Set<string> };

export function checkHistory(history: History): Verdict {
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
    if (!receipt.isSigned) broken("the signature is valid", at(endpoint, id));
    const eventId = nameOfId.get(id) ?? receipt.eventId;
    const event = eventId === null ? undefined : published.get(eventId);
    if (eventId === null || event === undefined) {
      broken("never published does not arrive", at(endpoint, id));
      continue;
    }
    event.ids.add(id);
    if (event.outcome === "fail") broken("refused does not arrive", at(endpoint, eventId));
    if (event.bodyHash !== receipt.bodyHash) {
      broken("the body is unchanged", at(endpoint, eventId));
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

  const counts = { ok: 0, fail: 0, unknown: 0, receipts: history.receipts.length, pending: 0 };
  for (const [eventId, { outcome, ids }] of published) {
    counts[outcome] += 1;
    if (ids.size > 1) broken("one event has one id", `${eventId}: ${[...ids].join(", ")}`);
    if (outcome !== "ok") continue;
    for (const endpoint of history.endpoints) {
      const [id = ""] = ids;
      const state = states.get(at(endpoint, id));
      const isStillPending = state === "pending" || state === "failed";
      if (isStillPending) counts.pending += 1;
      if (state === undefined) broken("acknowledged is stored", at(endpoint, eventId));
      if (!isStillPending && !arrived.has(at(endpoint, id))) {
        broken("acknowledged arrives or is pending", at(endpoint, eventId));
      }
    }
  }

  const duplicates = history.receipts.length - arrived.size;
  if (duplicates > history.mostDuplicates) {
    const about = `${duplicates} arrived again, at most ${history.mostDuplicates} were in flight`;
    broken("duplicates were in flight", about);
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

/** A refused request has no meaning for another request for the same event. */
function stronger(one: Publish["outcome"], other: Publish["outcome"]): Publish["outcome"] {
  if (one === "ok" || other === "ok") return "ok";
  return one === "unknown" || other === "unknown" ? "unknown" : "fail";
}
