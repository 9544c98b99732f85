/**
 * The form of leased deliveries between the writer thread and the threads that send: flat lists and texts, because
 * a copy between threads costs time for every member of every object. Deliveries of one event share one
 * snapshot. A payload that the thread of the publish still has is not sent back to it.
 */
import type { Snapshot } from "../../../core/snapshot.ts";
import type { LeasedDelivery } from "../../queue/leased-delivery.ts";
import { toSnapshot } from "../../accept/snapshot-text.ts";

export type EventWire = readonly [
  eventId: string,
  appId: string,
  type: string,
  /** A number is the position of the event in the publish that the main thread made. */
  payload: string | number,
  contentType: string,
  occurredAt: number,
  acceptedAt: number,
  participants: string | null,
];

export type DeliveryWire = readonly [
  event: number,
  owner: string,
  deliveryId: number,
  endpointId: string,
  endpointVersion: number,
  shard: number,
  fence: number,
  part: number,
  slot: number,
  attempts: number,
  baseAt: number,
  dueAt: number,
  manual: boolean,
  probe: boolean,
];

export type LeasedWire = {
  readonly events: readonly EventWire[];
  readonly deliveries: readonly DeliveryWire[];
};

const IS_PROBE = { isProbe: true } as const;

/** Calls `acquire` for each delivery with its owner. `payloads` are the texts of the publish. */
export function readLeased(
  wire: LeasedWire,
  payloads: readonly { readonly payloadText: string }[],
  take: (owner: string, delivery: LeasedDelivery) => void,
): void {
  const snapshots = wire.events.map((event) => readEvent(event, payloads));
  for (const [
    event,
    owner,
    deliveryId,
    endpointId,
    endpointVersion,
    shard,
    fence,
    part,
    slot,
    attempts,
    baseAt,
    dueAt,
    manual,
    probe,
  ] of wire.deliveries) {
    take(owner, {
      deliveryId,
      endpointId,
      endpointVersion,
      shard,
      fence,
      webhookIndex: part,
      slot,
      attempts,
      baseAt,
      dueAt,
      trigger: manual ? "manual" : "scheduled",
      snapshot: snapshots[event] as Snapshot,
      ...(probe ? IS_PROBE : undefined),
    });
  }
}

/** The same deliveries by the thread of their owner, each with its own events. */
export function splitLeased(
  { events, deliveries }: LeasedWire,
  toClient: (owner: string) => number,
): ReadonlyMap<number, LeasedWire> {
  const parts = new Map<number, { events: EventWire[]; deliveries: DeliveryWire[] }>();
  /** The event that each thread got last; the deliveries of one event stand together. */
  const last = new Map<number, number>();
  for (const [event, owner, ...rest] of deliveries) {
    const client = toClient(owner);
    let part = parts.get(client);
    if (part === undefined) parts.set(client, (part = { events: [], deliveries: [] }));
    if (last.get(client) !== event) part.events.push(events[event] as EventWire);
    last.set(client, event);
    part.deliveries.push([part.events.length - 1, owner, ...rest]);
  }
  return parts;
}

function readEvent(
  [eventId, appId, type, payload, contentType, occurredAt, acceptedAt, participants]: EventWire,
  payloads: readonly { readonly payloadText: string }[],
): Snapshot {
  const payloadText =
    typeof payload === "string" ? payload : (payloads[payload]?.payloadText as string);
  const facts = { eventId, appId, type, payloadText, contentType, occurredAt, acceptedAt };
  return toSnapshot(facts, participants);
}
