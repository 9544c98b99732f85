/** The answer to a publish, and the resources that its Idempotency-Key keeps for a repeat. */
import { AppError } from "../../core/error.ts";
import type { AcceptedEvent, Publish, PublishResult } from "../interface/accept.ts";
import { readMark, writeMark } from "./idempotency-marks.ts";
import type { Decided } from "./publish.ts";

/** The rows that an answer needs once the publish is written. */
export type Written = {
  /** The position in the feed of an accepted event. */
  toSequence(seq: number): number;
  /** An event of an earlier publish; undefined once retention has deleted it. */
  findEvent(seq: number): Pick<AcceptedEvent, "id" | "eventId" | "sequence"> | undefined;
};

/** `backlogFull` is the number of deliveries that failed at once. */
export function toResult(
  decided: Decided,
  p: Pick<Publish, "acceptedAt">,
  written: Written,
  backlogFull: number,
): PublishResult {
  if (decided.kind === "refused") return decided;
  if (decided.kind === "repeated") return toRepeated(decided.resources, written);
  const { ownEventsWaiting } = decided;
  return {
    kind: "accepted",
    appId: decided.appId,
    events: decided.events.map(({ id, eventId, seq, duplicate, deliveries, undelivered }) => ({
      id,
      eventId,
      sequence: written.toSequence(seq),
      duplicate,
      deliveries,
      undelivered,
    })),
    repeated: false,
    acceptedAt: p.acceptedAt,
    ...(backlogFull === 0 ? undefined : { backlogFull }),
    ...(decided.fanningOut === 0 ? undefined : { fanningOut: decided.fanningOut }),
    ...(decided.filterSteps === 0 ? undefined : { filterSteps: decided.filterSteps }),
    ...(ownEventsWaiting === undefined ? undefined : { ownEventsWaiting }),
  };
}

/** The resources of a publish: app, instant, then a mark for each event. */
export function toResources(
  { appId, events }: Extract<Decided, { kind: "accepted" }>,
  acceptedAt: number,
): readonly string[] {
  return [appId, String(acceptedAt), ...events.map(writeMark)];
}

/** The events that the answer to a repeat reads. */
export function repeatedSeqs(decided: readonly Decided[]): readonly number[] {
  return decided.flatMap((one) =>
    one.kind === "repeated" ? one.resources.slice(2).map((mark) => readMark(mark).seq) : [],
  );
}

function toRepeated(resources: readonly string[], { findEvent }: Written): PublishResult {
  const [appId, acceptedAt, ...marks] = resources;
  if (appId === undefined)
    throw new AppError("internal", "The idempotency key has no stored resources.");
  const events = marks.map((mark): AcceptedEvent => {
    const { seq, duplicate, deliveries } = readMark(mark);
    const row = findEvent(seq);
    return {
      id: row?.id as string,
      eventId: row?.eventId ?? null,
      sequence: row?.sequence ?? 0,
      duplicate,
      deliveries,
      undelivered: null,
    };
  });
  return { kind: "accepted", appId, events, repeated: true, acceptedAt: Number(acceptedAt) };
}
