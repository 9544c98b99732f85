/** Words of the search: the palette and its page. */
export const searchWords = {
  title: "Search",
  hint: 'A number or its last digits, an id, a name, a host, or words in quotes such as "your table".',
  empty: "Nothing has this name.",
  emptyHint:
    "Words of a text are found in quotes. An id is found whole, a number by its last digits.",
  start: "One box finds texts, numbers, events, endpoints and apps.",
  noApp:
    "Numbers, words and publishers' ids are found in one app. Choose it at the top of the page.",
  inApp: (name: string) => `Numbers, words and publishers' ids are those of ${name}.`,
  searchFor: (text: string) => `Search for ${text}`,
  hits: "Hits",
  textsOf: "all texts of this number",
  goOn: "List the events that contain it",
  kinds: {
    app: "App",
    contact: "Number",
    endpoint: "Endpoint",
    event: "Event",
    task: "Task",
    text: "Text",
  },
  columns: { kind: "Kind", label: "Name", text: "Text", app: "App", at: "Time" },
} as const;
