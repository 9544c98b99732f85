/**
 * Selects the endpoints that get an event. All rules must agree: status, type, channels, tags, lines,
 * history. A list that an endpoint has set admits only its items, so an empty list admits nothing.
 */
import type { DeliveryPlan } from "../decide-types.ts";
import { isListening, type EndpointMatch, type MatchedEvent } from "./endpoint-match.ts";
import type { EndpointIndex } from "./endpoint-index.ts";
import { type DialectFacts, findDialectEvent, countWebhooks } from "./dialect-events.ts";

const NONE: readonly DeliveryPlan[] = [];

/** Returns the pending webhooks of an event, oldest endpoint first; `line` is the number of its line. */
export function planDeliveries(
  event: MatchedEvent,
  facts: DialectFacts,
  line: string | null,
  endpoints: EndpointIndex,
): readonly DeliveryPlan[] {
  const found =
    event.onlyEndpointId === null
      ? endpoints.findWanting(event, facts, line)
      : findOnly(endpoints, event.onlyEndpointId, facts);
  if (found.length === 0) return NONE;
  const plans: DeliveryPlan[] = [];
  for (const { endpointId, dialect } of found) {
    const parts = countWebhooks(dialect, facts);
    for (let webhookIndex = 0; webhookIndex < parts; webhookIndex++)
      plans.push({ endpointId, webhookIndex });
  }
  return plans;
}

function findOnly(
  endpoints: EndpointIndex,
  endpointId: string,
  facts: DialectFacts,
): readonly EndpointMatch[] {
  const only = endpoints.find(endpointId);
  if (only === null || !isListening(only)) return [];
  return findDialectEvent(only.dialect, facts) === null ? [] : [only];
}

/** Returns the number of webhooks that one endpoint gets for an event, by the same rules without an index. */
export function countWanted(
  endpoint: EndpointMatch,
  event: MatchedEvent,
  facts: DialectFacts,
  line: string | null,
): number {
  if (!isListening(endpoint)) return 0;
  const name = findDialectEvent(endpoint.dialect, facts);
  if (name === null) return 0;
  const { onlyEndpointId } = event;
  const isWanted =
    onlyEndpointId === null
      ? (!event.historical || endpoint.wantsHistory) &&
        (endpoint.eventTypes === null || endpoint.eventTypes.includes(name)) &&
        sharesOne(endpoint.channels, event.channels) &&
        sharesOne(endpoint.tags, event.tags) &&
        (endpoint.lines === null || (line !== null && endpoint.lines.includes(line)))
      : endpoint.endpointId === onlyEndpointId;
  return isWanted ? countWebhooks(endpoint.dialect, facts) : 0;
}

/** Everything passes without a list; with one, only an event that shares an item (as in Svix). */
function sharesOne(wanted: readonly string[] | null, given: readonly string[]): boolean {
  return wanted === null || wanted.some((item) => given.includes(item));
}
