export const portalWords = {
  signedOut: {
    title: "This session has ended.",
    hint: "Open the page again from the place that led here, which makes a new link.",
    back: "Go back",
  },
  pages: {
    endpoints: "Endpoints",
    texts: "Texts",
    events: "Events",
    failed: "Failed",
    catalog: "Catalog",
    search: "Search",
    tasks: "Tasks",
  },
} as const;
