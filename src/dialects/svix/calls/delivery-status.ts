/** The state of a delivery in Svix's numbers and words. */
import Type from "typebox";
import type { DeliveryStatus } from "../../../operations/context.ts";
import { flag, nullable } from "./document-fields.ts";
import { isoTime } from "./paging.ts";

const SUCCESS = { status: 0, statusText: "success" };
const PENDING = { status: 1, statusText: "pending" };
const FAIL = { status: 2, statusText: "fail" };
const SENDING = { status: 3, statusText: "sending" };
const CANCELED = { status: 4, statusText: "canceled" };

type Statuses = Readonly<Record<DeliveryStatus, { status: number; statusText: string }>>;

/**
 * Svix's server shows a delivery between two attempts as sending among the messages of an endpoint, and as
 * failed among the endpoints of a message. A parked delivery waits, so it is pending.
 */
const OF_ENDPOINT: Statuses = {
  delivered: SUCCESS,
  pending: PENDING,
  parked: PENDING,
  retrying: SENDING,
  failed: FAIL,
  sending: SENDING,
  cancelled: CANCELED,
};
const OF_MESSAGE: Statuses = { ...OF_ENDPOINT, retrying: FAIL };

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

/** All states that Svix's number stands for among the messages of an endpoint. Undefined without a number. */
export function toStatuses(number: number | undefined): readonly DeliveryStatus[] | undefined {
  if (number === undefined) return undefined;
  const names = Object.keys(OF_ENDPOINT) as DeliveryStatus[];
  return names.filter((name) => OF_ENDPOINT[name].status === number);
}

/** The state of an attempt that has ended. */
export function attemptStatusOut(succeeded: boolean): object {
  return succeeded ? SUCCESS : FAIL;
}

type Delivery = { readonly status: DeliveryStatus; readonly nextAttemptAt: number | null };

/**
 * The delivery of a message in the list of an endpoint. Clients from before Svix had a status for cancelled
 * get success.
 */
export function deliveryOfEndpointOut(delivery: Delivery, expanded: boolean): object {
  const isOld = delivery.status === "cancelled" && !expanded;
  return deliveryOut(isOld ? SUCCESS : OF_ENDPOINT[delivery.status], delivery);
}

/** The delivery to an endpoint in the list of a message. */
export function deliveryOfMessageOut(delivery: Delivery): object {
  return deliveryOut(OF_MESSAGE[delivery.status], delivery);
}

function deliveryOut(status: object, { nextAttemptAt }: Delivery): object {
  return { ...status, nextAttempt: nextAttemptAt === null ? null : isoTime(nextAttemptAt) };
}
