/**
 * Selects the endpoints that get an event. All rules must agree: status, type, channels, tags, lines,
 * history. A list that an endpoint has set admits only its items, so an empty list admits nothing.
 */
import type { DeliveryPlan, NewEvent } from "../decide-types.ts";
import type { EndpointMatch } from "./endpoint-match.ts";
import { type DialectFacts, findDialectEvent, countWebhooks } from "./dialect-events.ts";

const NONE: readonly DeliveryPlan[] = [];

/** The fields of an event that decide which endpoints get it, besides its names in the dialects. */
export type MatchedEvent = Pick<NewEvent, "onlyEndpointId" | "historical" | "channels" | "tags">;

/** Returns the pending webhooks of an event, in order of `endpoints`; `line` is the number of its line. */
export function planDeliveries(
  event: MatchedEvent,
  facts: DialectFacts,
  line: string | null,
  endpoints: readonly EndpointMatch[],
): readonly DeliveryPlan[] {
  let plans: DeliveryPlan[] | undefined;
  for (const endpoint of endpoints) {
    if (!isWanted(endpoint, event, facts, line)) continue;
    plans ??= [];
    const parts = countWebhooks(endpoint.dialect, facts);
    for (let webhookIndex = 0; webhookIndex < parts; webhookIndex++)
      plans.push({ endpointId: endpoint.endpointId, webhookIndex });
  }
  return plans ?? NONE;
}

function isWanted(
  endpoint: EndpointMatch,
  event: MatchedEvent,
  facts: DialectFacts,
  line: string | null,
): boolean {
  // A paused endpoint gets its delivery, which is parked. A disabled endpoint can have it replayed later.
  if (endpoint.status === "disabled" || endpoint.status === "deleted") return false;
  const name = findDialectEvent(endpoint.dialect, facts);
  if (name === null) return false;
  if (event.onlyEndpointId !== null) return endpoint.endpointId === event.onlyEndpointId;
  return (
    (!event.historical || endpoint.wantsHistory) &&
    (endpoint.eventTypes === null || endpoint.eventTypes.includes(name)) &&
    sharesOne(endpoint.channels, event.channels) &&
    sharesOne(endpoint.tags, event.tags) &&
    (endpoint.lines === null || (line !== null && endpoint.lines.includes(line)))
  );
}

/** Everything passes without a list; with one, only an event that shares an item (as in Svix). */
function sharesOne(wanted: readonly string[] | null, given: readonly string[]): boolean {
  return wanted === null || wanted.some((item) => given.includes(item));
}
