export const taskWords = {
  title: "Tasks",
  columns: {
    what: "Task",
    state: "State",
    progress: "Progress",
    sent: "Sent",
    target: "Endpoint",
    by: "By",
    started: "Started",
    action: "Action",
  },
  kinds: {
    "endpoint.recover": "Send failed deliveries again",
    "endpoint.replay": "Send missed events",
    "endpoint.bulk-replay": "Send again by filter",
    "application.stats": "Count the events of apps",
    "application.purge_content": "Erase a number",
    "event-type.aggregate": "Count the event types",
    "message.broadcast": "Broadcast",
    "sdk.generate": "Generate an SDK",
  },
  reasons: {
    cancelled: "cancelled",
    endpoint_deleted: "endpoint deleted",
    result_too_large: "result too large",
    store_copied: "store copied",
    backlog_full: "waits for the backlog to shrink",
    fan_out_pending: "waits for a large publish",
    waiting_for_turn: "waits for its turn",
  },
  states: { running: "running", finished: "finished", failed: "failed" },
  running: (count: number, hasMore: boolean) => {
    if (count === 1) return hasMore ? "1 or more tasks are running." : "1 task is running.";
    return `${count}${hasMore ? " or more" : ""} tasks are running.`;
  },
  idle: "No task is running.",
  idleShown: "None of the tasks below is running.",
  empty: "No task has run yet.",
  emptyHint:
    "A task sends deliveries again, or erases a number. It is here with its progress, and can be cancelled.",
  toFailed: "See failed deliveries",
  wholeApp: "The whole app",
  group: (endpoints: number, isWhole: boolean) =>
    `Send again to ${endpoints}${isWhole ? "" : " or more"} endpoints`,
  atLeast: "at least",
  waiting: (count: number) =>
    count === 1 ? "1 waits for its turn" : `${count} wait for their turn`,
  failedFrom: "failed from",
  acceptedFrom: "accepted from",
  ofAllTime: "of all time",
  actors: {
    admin_token: "the admin token",
    operator_key: "the operator",
    key: "a key of the app",
    portal: "the portal",
    line: "a line",
  },
  unknown: "–",
  cancelAll: "Cancel all",
  groupCancelled: "The tasks are cancelled. Deliveries that they have scheduled are still sent.",
  cancelled: "The task is cancelled. Deliveries that it has scheduled are still sent.",
} as const;
