/** Words of the dialog that sends deliveries again. */
export const replayWords = {
  failed: {
    title: "Send failed deliveries again",
    open: "Send these again…",
    openHere: "Send failed again…",
    send: "Send again",
    count: (count: string, isOne: boolean) => `${count} ${isOne ? "delivery" : "deliveries"}`,
    none: "No failed delivery matches, so there is nothing to send.",
  },
  missed: {
    title: "Send missed events",
    openHere: "Send missed…",
    send: "Send missed",
    count: (count: string, isOne: boolean) => `${count} ${isOne ? "event" : "events"}`,
    none: "The endpoint missed no event of this time, so there is nothing to send.",
  },
  when: "Range",
  moreEndpoints: (count: string) => `and ${count} more`,
  inEndpoints: (count: string, isOne: boolean) => `in ${count} ${isOne ? "endpoint" : "endpoints"}`,
  exact: "(exact)",
  atLeast: "(at least; counting stopped early)",
  counting: "Counting…",
  pace: (rate: string, time: string) => `At ${rate}/s for each endpoint: about ${time}.`,
  atLeastPace: (rate: string, time: string) => `At ${rate}/s for each endpoint: ${time} or more.`,
  seen: "Receivers see hookline-replay: 1 and the same webhook-id.",
  warnings: {
    breaker: "breaker open now, so its deliveries wait for the next probe",
    failing: "keeps failing now, so its deliveries wait until it answers",
    disabled: "disabled, so its deliveries wait until it is enabled",
    paused: "paused, so its deliveries wait until it is resumed",
  },
  turns: (most: number) => `${most} tasks of an app run at a time; the others wait for their turn.`,
  started: (tasks: number) =>
    tasks === 1 ? "A task sends them again." : `${tasks} tasks send them again.`,
  missedStarted: "A task sends the missed events.",
  showTasks: "Show the tasks",
  notStarted: "This was not started.",
} as const;
