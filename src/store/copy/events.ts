/**
 * Events with their deliveries and attempts. An event keeps its number as its place in the feed, so a
 * consumer's cursor stays valid. Leases are not copied: nothing is leased while the file is locked, so every
 * pending delivery is due again.
 */
import type { CopiedTable } from "./copied-table.ts";
import { copiedIdText } from "./copied-ids.ts";

/** A row whose event is gone refers to the id that its event would have; no other event has it. */
const EVENT_OF_DELIVERY = copiedIdText(
  "coalesce(event.acceptedAt, delivery.acceptedAt)",
  "delivery.eventSeq",
);

/** An event that is gone has no delivery to come, so its id needs no event. */
const EVENT_OF_FAN_OUT = copiedIdText("coalesce(event.acceptedAt, 0)", "fanOut.eventSeq");

export const EVENTS: readonly CopiedTable[] = [
  {
    name: "event",
    source: "event",
    key: ["seq"],
    isDaily: true,
    columns: {
      seq: { type: "bigint", from: copiedIdText("acceptedAt", "seq") },
      position: { type: "bigint", from: "seq" },
      id: "text",
      app_seq: "bigint",
      event_id: "text",
      type: "text",
      content_type: "text",
      channels: "text",
      tags: "text",
      ordering_key: "text",
      deliver_at: "bigint",
      occurred_at: "bigint",
      accepted_at: "bigint",
      // A derived event is accepted with its parent, at the same instant.
      parent_seq: { type: "bigint", from: copiedIdText("acceptedAt", "parentSeq") },
      expunge_at: "bigint",
      matching: "text",
      participants: "text",
      payload: "text",
    },
  },
  {
    name: "delivery",
    source: "delivery",
    joins: "LEFT JOIN event ON event.seq = delivery.eventSeq",
    key: ["seq"],
    isDaily: true,
    columns: {
      seq: { type: "bigint", from: copiedIdText("delivery.acceptedAt", "delivery.seq") },
      event_seq: { type: "bigint", from: EVENT_OF_DELIVERY },
      endpoint_seq: "bigint",
      accepted_at: "bigint",
      base_at: "bigint",
      parked_ms: "bigint",
      due_at: "bigint",
      finished_at: "bigint",
      skip_at: "bigint",
      bytes: "integer",
      slot: "integer",
      attempts: "integer",
      state: "smallint",
      part: "smallint",
      manual: "boolean",
      ordering_key: "text",
      reason: "text",
      failed_app: "bigint",
    },
  },
  {
    name: "fan_out",
    source: "fanOut",
    joins: "LEFT JOIN event ON event.seq = fanOut.eventSeq",
    key: ["appSeq", "place"],
    columns: {
      app_seq: "bigint",
      place: "bigint",
      event_seq: { type: "bigint", from: EVENT_OF_FAN_OUT },
      reached: "bigint",
      newest_endpoint: "bigint",
      remaining: "bigint",
      bytes: "bigint",
    },
  },
  {
    name: "attempt",
    source: "attempt",
    joins: `LEFT JOIN delivery ON delivery.seq = attempt.deliverySeq
      LEFT JOIN event ON event.seq = attempt.eventSeq`,
    key: ["seq"],
    isDaily: true,
    columns: {
      seq: { type: "bigint", from: copiedIdText("attempt.at", "attempt.seq") },
      delivery_seq: {
        type: "bigint",
        from: copiedIdText("coalesce(delivery.acceptedAt, attempt.at)", "attempt.deliverySeq"),
      },
      event_seq: {
        type: "bigint",
        from: copiedIdText("coalesce(event.acceptedAt, attempt.at)", "attempt.eventSeq"),
      },
      endpoint_seq: "bigint",
      at: "bigint",
      id: "text",
      duration_ms: "integer",
      status_code: "integer",
      succeeded: "boolean",
      manual: "boolean",
      resent: "boolean",
      url: "text",
      response: "text",
      reason: "text",
      detail: "text",
    },
  },
];
