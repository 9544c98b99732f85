/**
 * Selects the endpoints that get an event. All rules must agree: status, type, channels, tags, lines,
 * history, and last the payload filter, which costs most. A list that an endpoint has set admits only its
 * items, so an empty list admits nothing.
 */
import type { DeliveryPlan } from "../decide-types.ts";
import { isListening, type EndpointMatch, type MatchedEvent } from "./endpoint-match.ts";
import { isForAll } from "./event-type.ts";
import type { EndpointIndex } from "./endpoint-index.ts";
import {
  type DialectFacts,
  findDialectEvent,
  findOlderName,
  listWebhooks,
} from "./dialect-events.ts";
import type { FilteredPayload } from "../payload-filter/payload-filter.ts";

const NONE: readonly DeliveryPlan[] = [];
const NO_WEBHOOKS: readonly number[] = [];

/**
 * Returns the pending webhooks of an event, oldest endpoint first; `line` is the number of its line. `payload`
 * may be null when no endpoint reads it.
 */
export function planDeliveries(
  event: MatchedEvent,
  facts: DialectFacts,
  line: string | null,
  endpoints: EndpointIndex,
  payload: FilteredPayload | null,
): readonly DeliveryPlan[] {
  const found =
    event.onlyEndpointId === null
      ? endpoints.findWanting(event, facts, line, payload)
      : findOnly(endpoints, event.onlyEndpointId, facts);
  if (found.length === 0) return NONE;
  const plans: DeliveryPlan[] = [];
  for (const endpoint of found) {
    const { endpointId } = endpoint;
    for (const webhookIndex of listWebhooks(endpoint, facts))
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

/** The first rule that keeps an event from an endpoint. */
export type Unwanted =
  | "disabled"
  | "no_such_event"
  | "already_notified"
  | "other_endpoint"
  | "historical"
  | "other_type"
  | "other_channel"
  | "other_tag"
  | "other_line";

/**
 * Returns the webhooks that one endpoint gets for an event, by the same rules without an index. The
 * payload filter is left to the caller, because few events get so far.
 */
export function listWanted(
  endpoint: EndpointMatch,
  event: MatchedEvent,
  facts: DialectFacts,
  line: string | null,
): readonly number[] {
  const isWanted = findUnwanted(endpoint, event, facts, line) === null;
  return isWanted ? listWebhooks(endpoint, facts) : NO_WEBHOOKS;
}

/** Returns null for an event that the endpoint gets, unless its payload filter refuses it. */
export function findUnwanted(
  endpoint: EndpointMatch,
  event: MatchedEvent,
  facts: DialectFacts,
  line: string | null,
): Unwanted | null {
  if (!isListening(endpoint)) return "disabled";
  const name = findDialectEvent(endpoint.dialect, facts);
  if (name === null) return whyNoEvent(endpoint.dialect, facts);
  const { onlyEndpointId } = event;
  if (onlyEndpointId !== null) {
    return endpoint.endpointId === onlyEndpointId ? null : "other_endpoint";
  }
  if (event.historical && !endpoint.wantsHistory) return "historical";
  if (!listsName(endpoint, name)) return "other_type";
  if (!sharesOne(endpoint.channels, event.channels)) return "other_channel";
  if (!sharesOne(endpoint.tags, event.tags)) return "other_tag";
  const isOfLine = endpoint.lines === null || (line !== null && endpoint.lines.includes(line));
  return isOfLine ? null : "other_line";
}

/** The reason for having no name of the dialect for the event. */
export function whyNoEvent(
  dialect: EndpointMatch["dialect"],
  facts: DialectFacts,
): "already_notified" | "no_such_event" {
  return isRepeated(dialect, facts) ? "already_notified" : "no_such_event";
}

/** Whether the dialect has a name for the event, and an earlier event about the message had it already. */
function isRepeated(dialect: EndpointMatch["dialect"], facts: DialectFacts): boolean {
  const { previousStatus, ...first } = facts;
  if (previousStatus === undefined || previousStatus === null) return false;
  return findDialectEvent(dialect, first) !== null;
}

/** Whether the list of the endpoint admits the name that an event has in its dialect. */
export function listsName(
  { dialect, eventTypes }: Pick<EndpointMatch, "dialect" | "eventTypes">,
  name: string,
): boolean {
  if (eventTypes === null) return isForAll(name);
  if (eventTypes.includes(name)) return true;
  const older = findOlderName(dialect, name);
  return older !== null && eventTypes.includes(older);
}

/** Everything passes without a list; with one, only an event that shares an item (as in Svix). */
export function sharesOne(wanted: readonly string[] | null, given: readonly string[]): boolean {
  return wanted === null || wanted.some((item) => given.includes(item));
}
