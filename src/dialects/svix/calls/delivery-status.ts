/** The state of a delivery in Svix's numbers and words. */
import Type from "typebox";
import type { DeliveryStatus } from "../../../operations/context.ts";
import { flag, nullable } from "./document-fields.ts";
import { isoTime } from "./paging.ts";

/** A parked delivery waits, so it is shown as Svix's pending. */
const STATUSES = {
  delivered: { status: 0, statusText: "success" },
  pending: { status: 1, statusText: "pending" },
  parked: { status: 1, statusText: "pending" },
  failed: { status: 2, statusText: "fail" },
  sending: { status: 3, statusText: "sending" },
  cancelled: { status: 4, statusText: "canceled" },
} as const satisfies Record<DeliveryStatus, { status: number; statusText: string }>;

/** The class of an HTTP status; 0 is for no answer. */
export const CODE_CLASSES: readonly number[] = [0, 100, 200, 300, 400, 500];

export const statusFields = {
  status: Type.Integer({
    minimum: 0,
    maximum: 4,
    description: "0 success, 1 pending, 2 fail, 3 sending, 4 canceled.",
  }),
  statusText: Type.Enum(["success", "pending", "fail", "sending", "canceled"]),
};
export const deliveryFields = {
  ...statusFields,
  nextAttempt: nullable(
    Type.String({ format: "date-time", description: "When the next attempt is due." }),
  ),
};
export const EXAMPLE_DELIVERED = { status: 0, statusText: "success", nextAttempt: null };

/** Parameters of lists that show or select a state. */
export const STATUS_QUERY = {
  status: Type.Optional(statusFields.status),
  with_content: Type.Optional(flag("Whether answers and payloads are included.")),
  expanded_statuses: Type.Optional(
    flag("Shows cancelled deliveries as canceled instead of success."),
  ),
};

/** All states that Svix's number stands for. Undefined without a number. */
export function toStatuses(number: number | undefined): readonly DeliveryStatus[] | undefined {
  if (number === undefined) return undefined;
  const names = Object.keys(STATUSES) as DeliveryStatus[];
  return names.filter((name) => STATUSES[name].status === number);
}

/** Clients from before Svix had a status for cancelled get success. */
export function statusOut(status: DeliveryStatus, expanded: boolean): object {
  return STATUSES[status === "cancelled" && !expanded ? "delivered" : status];
}

/** The state of a delivery, and the time of its next attempt. */
export function deliveryOut(
  delivery: { readonly status: DeliveryStatus; readonly nextAttemptAt: number | null },
  expanded: boolean,
): object {
  const { status, nextAttemptAt } = delivery;
  const nextAttempt = nextAttemptAt === null ? null : isoTime(nextAttemptAt);
  return { ...statusOut(status, expanded), nextAttempt };
}
