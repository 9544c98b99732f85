/**
 * What matching knew of an event when it was accepted, kept for the day when somebody asks what an
 * endpoint missed. Most events have nothing beside their own columns, and keep nothing here.
 */
import type { NewEvent } from "../../core/decide-types.ts";
import type { DialectFacts } from "../../core/dialect-events.ts";
import { planDeliveries } from "../../core/match.ts";
import { isSilent } from "../../core/silent-tags.ts";
import type { MessageStatus } from "../../core/message-status.ts";
import { readParties } from "../snapshot-text.ts";
import type { CachedEndpoint } from "./writer-state.ts";
import type { Connection } from "./connection.ts";

type Matching = {
  readonly historical?: true;
  readonly onlyEndpointId?: string;
  readonly previousStatus?: MessageStatus;
  readonly contactChannel?: NonNullable<DialectFacts["contactChannel"]>;
};

/** Null when the columns of the event tell all. */
export function writeMatching(
  event: NewEvent,
  previousStatus: MessageStatus | null,
): string | null {
  const contactChannel = event.canonical?.contactChannel;
  const toldBefore = event.type === "message.progress" ? previousStatus : null;
  if (
    !event.historical &&
    event.onlyEndpointId === null &&
    toldBefore === null &&
    contactChannel === undefined
  ) {
    return null;
  }
  return JSON.stringify({
    ...(event.historical ? { historical: true } : undefined),
    ...(event.onlyEndpointId === null ? undefined : { onlyEndpointId: event.onlyEndpointId }),
    ...(toldBefore === null ? undefined : { previousStatus: toldBefore }),
    ...(contactChannel === undefined ? undefined : { contactChannel }),
  } satisfies Matching);
}

/** How many webhooks the endpoint would get of the event if it were enabled; 0 is none. */
export function missedParts(
  connection: Connection,
  endpoint: CachedEndpoint,
  row: {
    readonly seq: number;
    readonly type: string;
    readonly channels: string | null;
    readonly tags: string | null;
    readonly matching: string | null;
  },
): number {
  const tags = list(row.tags);
  if (isSilent(tags)) return 0;
  const matching = row.matching === null ? {} : (JSON.parse(row.matching) as Matching);
  const asked = {
    onlyEndpointId: matching.onlyEndpointId ?? null,
    historical: matching.historical ?? false,
    channels: list(row.channels),
    tags,
  };
  // A native endpoint without lines is matched by the columns alone, so the parties are not read.
  const isPlain = endpoint.dialect === "svix" && endpoint.lines === null;
  const parties = isPlain ? null : readParties(partiesText(connection, row.seq), null);
  const { previousStatus, contactChannel } = matching;
  const facts: DialectFacts = {
    type: row.type,
    message: parties?.message ?? null,
    ...(previousStatus === undefined ? undefined : { previousStatus }),
    ...(contactChannel === undefined ? undefined : { contactChannel }),
  };
  const enabled = { ...endpoint, status: "enabled" } as const;
  return planDeliveries(asked, facts, parties?.line?.number ?? null, [enabled]).length;
}

function partiesText(connection: Connection, eventSeq: number): string | null {
  const row = connection.sql("SELECT parties FROM event WHERE seq = ?").get(eventSeq);
  return (row?.["parties"] as string | null | undefined) ?? null;
}

function list(text: string | null): readonly string[] {
  return text === null ? [] : (JSON.parse(text) as string[]);
}
