/**
 * The form of leased deliveries between the writer thread and the main thread: flat lists and texts, because
 * a copy between threads costs time for every member of every object. Deliveries of one event share one
 * snapshot. A payload that the main thread still has is not sent back.
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

function readEvent(
  [eventId, appId, type, payload, contentType, occurredAt, acceptedAt, participants]: EventWire,
  payloads: readonly { readonly payloadText: string }[],
): Snapshot {
  const payloadText =
    typeof payload === "string" ? payload : (payloads[payload]?.payloadText as string);
  const facts = { eventId, appId, type, payloadText, contentType, occurredAt, acceptedAt };
  return toSnapshot(facts, participants);
}
