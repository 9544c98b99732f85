/**
 * The filters of an application's endpoints, by item: for each event name, channel, tag and line the endpoints
 * that list it. Endpoints are slots. An endpoint that is not listening is counted and not listed.
 */
import type { Dialect } from "../snapshot.ts";
import { isListening, type EndpointMatch } from "./endpoint-match.ts";
import { addSlot, removeSlot, type SlotSet } from "./slot-set.ts";

/** A filter that many endpoints do not have. */
type Filter = {
  /** Endpoints with this filter. */
  filtered: SlotSet | undefined;
  readonly byItem: Map<string, SlotSet>;
};

type DialectNames = {
  readonly dialect: Dialect;
  /** The number of endpoints, listening or not. */
  count: number;
  /** Endpoints without a filter of names. */
  everything: SlotSet | undefined;
  readonly byName: Map<string, SlotSet>;
};

export type FilterTables = {
  readonly dialects: DialectNames[];
  readonly channels: Filter;
  readonly tags: Filter;
  readonly lines: Filter;
  withHistory: SlotSet | undefined;
};

export function createFilterTables(): FilterTables {
  const createFilter = (): Filter => ({ filtered: undefined, byItem: new Map() });
  return {
    dialects: [],
    channels: createFilter(),
    tags: createFilter(),
    lines: createFilter(),
    withHistory: undefined,
  };
}

export function listEndpoint(tables: FilterTables, endpoint: EndpointMatch, slot: number): void {
  const names = ensureDialect(tables, endpoint.dialect);
  names.count += 1;
  if (!isListening(endpoint)) return;
  const { eventTypes } = endpoint;
  if (eventTypes === null) names.everything = addSlot(names.everything, slot);
  else addToEach(names.byName, eventTypes, slot);
  addFilter(tables.channels, endpoint.channels, slot);
  addFilter(tables.tags, endpoint.tags, slot);
  addFilter(tables.lines, endpoint.lines, slot);
  if (endpoint.wantsHistory) tables.withHistory = addSlot(tables.withHistory, slot);
}

/** `endpoint` has the filters with which the slot was listed. */
export function unlistEndpoint(tables: FilterTables, endpoint: EndpointMatch, slot: number): void {
  const names = ensureDialect(tables, endpoint.dialect);
  names.count -= 1;
  if (!isListening(endpoint)) return;
  const { eventTypes } = endpoint;
  if (eventTypes === null) names.everything = removeSlot(names.everything, slot);
  else removeFromEach(names.byName, eventTypes, slot);
  removeFilter(tables.channels, endpoint.channels, slot);
  removeFilter(tables.tags, endpoint.tags, slot);
  removeFilter(tables.lines, endpoint.lines, slot);
  if (endpoint.wantsHistory) tables.withHistory = removeSlot(tables.withHistory, slot);
}

/** Returns whether both endpoints are listed in the same way. */
export function isListedAlike(a: EndpointMatch, b: EndpointMatch): boolean {
  return (
    a.dialect === b.dialect &&
    isListening(a) === isListening(b) &&
    a.wantsHistory === b.wantsHistory &&
    isSameList(a.eventTypes, b.eventTypes) &&
    isSameList(a.channels, b.channels) &&
    isSameList(a.tags, b.tags) &&
    isSameList(a.lines, b.lines)
  );
}

function isSameList(a: readonly string[] | null, b: readonly string[] | null): boolean {
  if (a === null || b === null) return a === b;
  return a.length === b.length && a.every((item, i) => item === b[i]);
}

function ensureDialect({ dialects }: FilterTables, dialect: Dialect): DialectNames {
  const known = dialects.find((one) => one.dialect === dialect);
  if (known !== undefined) return known;
  const made: DialectNames = { dialect, count: 0, everything: undefined, byName: new Map() };
  dialects.push(made);
  return made;
}

function addFilter(filter: Filter, items: readonly string[] | null, slot: number): void {
  if (items === null) return;
  filter.filtered = addSlot(filter.filtered, slot);
  addToEach(filter.byItem, items, slot);
}

function removeFilter(filter: Filter, items: readonly string[] | null, slot: number): void {
  if (items === null) return;
  filter.filtered = removeSlot(filter.filtered, slot);
  removeFromEach(filter.byItem, items, slot);
}

function addToEach(sets: Map<string, SlotSet>, items: readonly string[], slot: number): void {
  for (const item of items) {
    const before = sets.get(item);
    const after = addSlot(before, slot);
    if (after !== before) sets.set(item, after);
  }
}

function removeFromEach(sets: Map<string, SlotSet>, items: readonly string[], slot: number): void {
  for (const item of items) {
    const before = sets.get(item);
    const after = removeSlot(before, slot);
    if (after === undefined) sets.delete(item);
    else if (after !== before) sets.set(item, after);
  }
}
