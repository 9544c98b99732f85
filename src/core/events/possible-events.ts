/**
 * Whether an endpoint may want an event of which only the type and the channels are known. A `false` is certain:
 * the other fields of an event can only exclude an endpoint.
 */
import { CHANNELS, MESSAGE_STATUSES, type MessageStatus } from "../messages/message-status.ts";
import type { Dialect } from "../snapshot.ts";
import { findDialectEvent } from "./dialect-events.ts";
import { isListening, type EndpointMatch } from "./endpoint-match.ts";
import { listsName, sharesOne } from "./match.ts";

export type AskingEndpoint = Pick<EndpointMatch, "dialect" | "status" | "eventTypes" | "channels">;

const STATUSES = [null, ...(Object.keys(MESSAGE_STATUSES) as MessageStatus[])];

/** Returns a test of endpoints for events of this type and these channels. */
export function toPossible(event: {
  readonly type: string;
  readonly channels: readonly string[];
}): (endpoint: AskingEndpoint) => boolean {
  const names = new Map<Dialect, readonly string[]>();
  const namesIn = (dialect: Dialect): readonly string[] => {
    const known = names.get(dialect) ?? possibleNames(dialect, event.type);
    names.set(dialect, known);
    return known;
  };
  return (endpoint) =>
    isListening(endpoint) &&
    sharesOne(endpoint.channels, event.channels) &&
    namesIn(endpoint.dialect).some((name) => listsName(endpoint, name));
}

/** The names of a type in a dialect, which may depend on the channel and the status of a message. */
export function possibleNames(dialect: Dialect, type: string): readonly string[] {
  const facts = CHANNELS.flatMap((channel) =>
    STATUSES.map((status) => ({ type, message: { channel, status, media: [] } })),
  );
  return [...new Set(facts.flatMap((given) => findDialectEvent(dialect, given) ?? []))];
}
