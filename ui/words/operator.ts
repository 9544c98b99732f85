export const operatorWords = {
  pages: {
    overview: "Overview",
    search: "Search",
    apps: "Apps",
    endpoints: "Endpoints",
    failed: "Failed",
    texts: "Texts",
    events: "Events",
    tasks: "Tasks",
    eventTypes: "Event types",
    operationalWebhooks: "Operational webhooks",
    refused: "Refused",
    audit: "Audit",
    system: "System",
  },
  chooser: { label: "App", none: "All apps", hint: "Name or uid" },
  signIn: {
    title: "Sign in",
    token: "Token",
    hint: "The admin token, or an operator key that begins with hk_op_.",
    refused: "The server does not know this token.",
  },
} as const;
