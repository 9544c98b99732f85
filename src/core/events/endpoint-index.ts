/**
 * The endpoints of an application, indexed by their filters. A match reads the lists of the event's own name,
 * channels, tags and line, and no filter that does not mention them. Endpoints are bits of words, so that 32
 * endpoints that fail one of several filters cost a few operations together.
 */
import {
  type FilteredPayload,
  type PayloadFilter,
  readPayloadFilter,
} from "../payload-filter/payload-filter.ts";
import type { Dialect } from "../snapshot.ts";
import { type DialectFacts, findDialectEvent, findOlderName } from "./dialect-events.ts";
import { isForAll } from "./event-type.ts";
import type { EndpointMatch, MatchedEvent } from "./endpoint-match.ts";
import {
  createFilterTables,
  isListedAlike,
  listEndpoint,
  unlistEndpoint,
  type FilterTables,
} from "./filter-tables.ts";
import { clear, exclude, intersect, unite, wordsFor } from "./slot-set.ts";

export type EndpointIndex<Endpoint extends EndpointMatch = EndpointMatch> = {
  /** The number of endpoints, disabled ones included. */
  readonly size: number;
  /** The highest order of an endpoint; 0 without endpoints. */
  readonly newest: number;
  /** Whether the message or the line of an event can decide for one of the endpoints. */
  readonly readsMessage: boolean;
  /** Whether one of the endpoints has a payload filter. */
  readonly readsPayload: boolean;
  /** Whether one of the endpoints is of this dialect. */
  has(dialect: Dialect): boolean;
  find(endpointId: string): Endpoint | null;
  /**
   * Returns the endpoints that get the event, oldest first. `onlyEndpointId` is not read. `payload` may be null
   * when no endpoint reads it.
   */
  findWanting(
    event: MatchedEvent,
    facts: DialectFacts,
    line: string | null,
    payload: FilteredPayload | null,
  ): readonly Endpoint[];
};

export type ChangingEndpointIndex<Endpoint extends EndpointMatch> = EndpointIndex<Endpoint> & {
  /** Adds or replaces the endpoint. A younger endpoint has a higher `order`, which never changes. */
  put(endpoint: Endpoint, order: number): void;
  remove(endpointId: string): void;
};

type Entry<Endpoint> = {
  endpoint: Endpoint;
  filter: PayloadFilter | null;
  readonly slot: number;
  readonly order: number;
};

type Places<Endpoint> = {
  readonly entries: ReadonlyMap<string, Entry<Endpoint>>;
  readonly bySlot: readonly (Entry<Endpoint> | null)[];
};

const NONE: readonly never[] = [];

export function createEndpointIndex<
  Endpoint extends EndpointMatch,
>(): ChangingEndpointIndex<Endpoint> {
  const entries = new Map<string, Entry<Endpoint>>();
  const bySlot: (Entry<Endpoint> | null)[] = [];
  const freeSlots: number[] = [];
  const tables = createFilterTables();
  const search = createSearch(tables);
  let newest = 0;
  let filters = 0;

  return {
    get size() {
      return entries.size;
    },
    get newest() {
      return newest;
    },
    get readsMessage() {
      return (
        tables.lines.filtered !== undefined ||
        tables.dialects.some(({ dialect, count }) => dialect !== "svix" && count > 0)
      );
    },
    get readsPayload() {
      return filters > 0;
    },
    has: (dialect) => tables.dialects.some((one) => one.dialect === dialect && one.count > 0),
    find: (endpointId) => entries.get(endpointId)?.endpoint ?? null,
    findWanting(event, facts, line, payload) {
      const words = wordsFor(bySlot.length);
      const bits = search(event, facts, line, words);
      return bits === null ? NONE : collect(bits, words, { bySlot, entries, payload });
    },
    put(endpoint, order) {
      const known = entries.get(endpoint.endpointId);
      if (known === undefined) {
        const filter = readPayloadFilter(endpoint.filter);
        const entry = { endpoint, filter, slot: freeSlots.pop() ?? bySlot.length, order };
        if (filter !== null) filters += 1;
        entries.set(endpoint.endpointId, entry);
        bySlot[entry.slot] = entry;
        listEndpoint(tables, endpoint, entry.slot);
        newest = Math.max(newest, order);
        return;
      }
      if (!isListedAlike(known.endpoint, endpoint)) {
        unlistEndpoint(tables, known.endpoint, known.slot);
        listEndpoint(tables, endpoint, known.slot);
      }
      if (known.endpoint.filter !== endpoint.filter) {
        if (known.filter !== null) filters -= 1;
        known.filter = readPayloadFilter(endpoint.filter);
        if (known.filter !== null) filters += 1;
      }
      known.endpoint = endpoint;
    },
    remove(endpointId) {
      const known = entries.get(endpointId);
      if (known === undefined) return;
      unlistEndpoint(tables, known.endpoint, known.slot);
      if (known.filter !== null) filters -= 1;
      entries.delete(endpointId);
      bySlot[known.slot] = null;
      freeSlots.push(known.slot);
      if (known.order < newest) return;
      newest = entries.values().reduce((highest, { order }) => Math.max(highest, order), 0);
    },
  };
}

/** Creates a search that returns the slots that want an event, as bits, or null. The next search reuses them. */
function createSearch(tables: FilterTables) {
  let wanted = new Uint32Array(1);
  let shared = new Uint32Array(1);

  /** Keeps the endpoints without this filter, and those that list one of the items. */
  function keepSharing(
    { filtered, byItem }: FilterTables["tags"],
    given: readonly string[],
    words: number,
  ): void {
    if (filtered === undefined) return;
    clear(shared, words);
    for (const item of given) unite(shared, byItem.get(item));
    exclude(wanted, filtered, shared);
  }

  return (
    event: MatchedEvent,
    facts: DialectFacts,
    line: string | null,
    words: number,
  ): Uint32Array | null => {
    if (wanted.length < words) {
      wanted = new Uint32Array(words * 2);
      shared = new Uint32Array(words * 2);
    }
    clear(wanted, words);
    let isFound = false;
    for (const { dialect, everything, byName } of tables.dialects) {
      const name = findDialectEvent(dialect, facts);
      if (name === null) continue;
      const named = byName.get(name);
      const all = isForAll(name) ? everything : undefined;
      const older = findOlderName(dialect, name);
      const namedAsBefore = older === null ? undefined : byName.get(older);
      isFound ||= all !== undefined || named !== undefined || namedAsBefore !== undefined;
      unite(wanted, all);
      unite(wanted, named);
      unite(wanted, namedAsBefore);
    }
    if (!isFound) return null;
    keepSharing(tables.channels, event.channels, words);
    keepSharing(tables.tags, event.tags, words);
    keepSharing(tables.lines, line === null ? NONE : [line], words);
    if (event.historical) {
      clear(shared, words);
      unite(shared, tables.withHistory);
      intersect(wanted, shared, words);
    }
    return wanted;
  };
}

/**
 * Returns the endpoints of the bits by age, without those whose payload filter rejects the event. Slots of
 * removed endpoints are used again, so they differ from the age.
 */
function collect<Endpoint extends EndpointMatch>(
  bits: Uint32Array,
  words: number,
  { bySlot, entries, payload }: Places<Endpoint> & { readonly payload: FilteredPayload | null },
): readonly Endpoint[] {
  const found: Endpoint[] = [];
  let isSorted = true;
  let last = -Infinity;
  for (let i = 0; i < words; i++) {
    let word = bits[i] as number;
    while (word !== 0) {
      const entry = bySlot[i * 32 + 31 - Math.clz32(word & -word)] as Entry<Endpoint>;
      word &= word - 1;
      if (entry.filter !== null && payload !== null && !payload.passes(entry.filter)) continue;
      if (entry.order < last) isSorted = false;
      last = entry.order;
      found.push(entry.endpoint);
    }
  }
  const orderOf = ({ endpointId }: Endpoint) => entries.get(endpointId)?.order ?? 0;
  return isSorted ? found : found.sort((a, b) => orderOf(a) - orderOf(b));
}
