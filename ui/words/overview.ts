/** The words of the first page of the dashboard. */
export const overviewWords = {
  title: "Overview",
  well: "Every endpoint works.",
  need: (count: number, more: boolean) =>
    count === 1 && !more
      ? "1 endpoint needs you."
      : `${count}${more ? "+" : ""} endpoints need you.`,
  traffic: (events: string) => `Accepting ${events} events/s.`,
  slowTraffic: (events: string) => `Accepting ${events} events/min.`,
  receipt: (p50: string, p95: string) => `Delivered within ${p50} (p50), ${p95} (p95).`,
  quiet: "No event was accepted in the last five minutes.",
  attention: "Needs attention",
  columns: {
    endpoint: "Endpoint",
    case: "Case",
    since: "Since",
    waiting: "Waiting",
    action: "Action",
  },
  parts: "Where the time goes",
  accept: "Accept",
  wait: "Wait",
  receiver: "Receiver",
  partsHint:
    "Accept and wait are ours, the rest is the receiver's. Median and p95 of five minutes.",
  nobody: "–",
  facts: {
    pending: "Pending",
    parked: "Parked",
    tasks: "Tasks running",
    nodes: "Nodes",
    shards: "Shards",
    store: "Store",
    version: "Version",
  },
  more: "All that are not well",
  failed: (count: string, endpoints: string) =>
    `Failed for good in the last 24 h: ${count} in ${endpoints}.`,
  endpoints: (count: number) => (count === 1 ? "1 endpoint" : `${count} endpoints`),
  review: "Review and replay",
  reviewOnly: "Review",
} as const;
