/**
 * The operational events of endpoints that are created, changed and deleted, in the transaction of the change.
 * A change by the server is reported as its new status only; every change by a call is `endpoint.updated` too.
 */
import type { EndpointNote } from "../../core/events/operational-events.ts";
import type { Endpoint } from "../interface/endpoints.ts";
import type { Steps, WriteSession } from "../session.ts";
import type { PlannedChange } from "./status.ts";

const UPDATED = { type: "endpoint.updated" } as const;

export function* reportCreated(s: WriteSession, endpoints: readonly Endpoint[]): Steps<void> {
  const note = { type: "endpoint.created" } as const;
  yield* s.notifyOperator(
    endpoints.map(({ endpointId, createdAt: now }) => ({ note, endpointId, delivery: null, now })),
  );
}

/** A change besides the columns that `changeEndpoints` writes. */
export function* reportUpdated(s: WriteSession, endpointId: string, now: number): Steps<void> {
  yield* s.notifyOperator([{ note: UPDATED, endpointId, delivery: null, now }]);
}

/** `failingSince` is given with the change that disables an endpoint for its failures. */
export function* reportChanged(
  s: WriteSession,
  changes: readonly PlannedChange[],
  p: { readonly now: number; readonly failingSince: number | null },
): Steps<void> {
  yield* s.notifyOperator(
    changes.flatMap((change) =>
      listNotes(change, p.failingSince).map((note) => {
        return { note, endpointId: change.row.id, delivery: null, now: p.now };
      }),
    ),
  );
}

function listNotes(
  { before, after }: PlannedChange,
  failingSince: number | null,
): readonly EndpointNote[] {
  if (after.status === "deleted") return [{ type: "endpoint.deleted" }];
  if (after.status === before.status) return [UPDATED];
  if (after.status === "enabled") return [UPDATED, { type: "endpoint.enabled" }];
  if (after.status !== "disabled") return [UPDATED];
  const reason = after.disabledReason ?? "by_user";
  const disabled = { type: "endpoint.disabled", reason, failingSince } as const;
  return reason === "by_user" ? [UPDATED, disabled] : [disabled];
}
