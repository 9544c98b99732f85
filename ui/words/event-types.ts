/** The words of the catalogue of event types. */
export const eventTypeWords = {
  count: (count: number, more: boolean) =>
    count === 1 ? "1 event type." : `${count}${more ? "+" : ""} event types.`,
  emptyTitle: "No event type is registered.",
  emptyHint: "The native API registers them, also from the webhooks of an OpenAPI document.",
  archived: "archived",
  columns: { name: "Event type", description: "Description", group: "Group", changed: "Changed" },
  facts: {
    group: "Group",
    flags: "Feature flags",
    state: "State",
    created: "Registered",
    changed: "Changed",
  },
  states: { archived: "archived: no new events", deprecated: "deprecated", current: "in use" },
  noName: "no such event",
  apis: { zipwhip: "Zipwhip", sendblue: "Sendblue", chirp: "Chirp" },
  example: "Example",
  schema: "Schema",
  noExample: "This type has no example.",
  noSchema: "Every JSON object is accepted as its payload.",
} as const;
