/** Explains an event: whether its payload fits its schema, its relatives, and its form in each API. */
import { findApiForm, type NoFormReason } from "../../core/events/api-form.ts";
import { DIALECTS, type Dialect, type Snapshot } from "../../core/snapshot.ts";
import { type Matched, readMatched } from "../../store/accept/event-matching.ts";
import { toSnapshot } from "../../store/accept/snapshot-text.ts";
import type { EventContent } from "../../store/interface/history.ts";
import type { OperationContext } from "../context.ts";
import { type CheckedPayload, checkPayload, unchecked } from "../event-types/check-payload.ts";
import type { Caller } from "../keys/authenticate-caller.ts";
import { unknownEvent } from "./read-events.ts";

/** Requests that are shown of an API that sends several for one event. */
const MOST_BODIES = 10;
/** A larger body is named with its size, so the bodies of an answer have 0.9 MiB at most. */
const MOST_BODY_BYTES = 64 * 1024;

export type ShownForm = {
  readonly api: Dialect;
  /** The API's name for the event; null when it does not send it. */
  readonly event: string | null;
  readonly reason: NoFormReason | null;
  readonly contentType: string | null;
  /** Number of requests that an endpoint gets. */
  readonly webhooks: number;
  /** The first ones. A `body` is null when it is too large. */
  readonly bodies: readonly { readonly body: string | null; readonly bytes: number }[];
};

export type EventExplanation = Pick<EventContent, "derivedFrom" | "derived"> & {
  readonly schema: CheckedPayload;
  /** The forms of the enabled APIs; empty once the content is gone. */
  readonly forms: readonly ShownForm[];
};

/** Refuses with `not_found`. */
export async function explainEvent(
  context: OperationContext,
  p: { readonly caller: Caller; readonly appRef: string; readonly eventRef: string },
): Promise<EventExplanation> {
  const found = await context.store.history.eventContent({ appRef: p.appRef, ref: p.eventRef });
  if (found === null) throw unknownEvent(p.eventRef);
  const { derivedFrom, derived, facts } = found;
  const relatives = { derivedFrom, derived };
  if (facts === null) return { ...relatives, schema: unchecked("expired"), forms: [] };
  const matched = readMatched(found.matched);
  const snapshot = toSnapshot(facts, found.matched.participants);
  const forms = DIALECTS.filter((api) => context.settings.apis.includes(api)).map((api) =>
    toForm(context, api, { matched, snapshot }),
  );
  return { ...relatives, schema: await checkSchema(context, p.caller, found), forms };
}

/** A payload that the server read fitted the built-in schema, or the publish was refused. */
async function checkSchema(
  context: OperationContext,
  caller: Caller,
  { facts, matched }: EventContent,
): Promise<CheckedPayload> {
  if (facts === null) return unchecked("expired");
  if (matched.participants !== null) return unchecked("fits");
  const featureFlags = caller.portal?.featureFlags;
  const type = await context.store.eventTypes.get({ name: facts.type, featureFlags });
  const { appId, payloadText, contentType } = facts;
  return await checkPayload(context, {
    appId,
    schemas: type?.schemas ?? null,
    payloadText,
    contentType,
  });
}

function toForm(
  context: Pick<OperationContext, "render">,
  api: Dialect,
  p: { readonly matched: Matched; readonly snapshot: Snapshot },
): ShownForm {
  const form = findApiForm(api, p.matched);
  if (form.kind === "not_sent") {
    const { reason } = form;
    return { api, event: null, reason, contentType: null, webhooks: 0, bodies: [] };
  }
  const endpoint = { ...ANY_ENDPOINT, dialect: api };
  const bodies: { readonly body: string | null; readonly bytes: number }[] = [];
  let contentType: string | null = null;
  for (const index of form.webhooks.slice(0, MOST_BODIES)) {
    const rendered = context.render(p.snapshot, endpoint, index);
    const body = rendered.body ?? "";
    const bytes = Buffer.byteLength(body);
    contentType = rendered.contentType;
    bodies.push({ body: bytes > MOST_BODY_BYTES ? null : body, bytes });
    // The requests of one event have the same text, so the others are as large.
    if (bytes > MOST_BODY_BYTES) break;
  }
  const { name: event, webhooks } = form;
  return { api, event, reason: null, contentType, webhooks: webhooks.length, bodies };
}

/** An endpoint that asks for everything, by POST. */
const ANY_ENDPOINT = {
  endpointId: "",
  eventTypes: null,
  method: "POST",
  dialectOptions: null,
} as const;
