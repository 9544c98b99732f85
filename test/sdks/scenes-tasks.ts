/** Checking, expunging and counting messages, and importing event types and environments. */
import { APP, TYPE, type Scene, type Step } from "./scene.ts";

const UNTIL = "2099-01-01T00:00:00Z";

/** A background task is started, and finishes. */
function task(name: string, id: string, step: Omit<Step, "name" | "save">): readonly Scene[] {
  return [
    { ...step, name, save: { [id]: "id" } },
    {
      name: `${name}, and the task finishes`,
      call: ["backgroundTask.get"],
      args: [`$${id}`],
      expect: { status: "finished" },
      eventually: true,
    },
  ];
}

export const TASKS: readonly Scene[] = [
  {
    name: "a listener is found before a publish",
    call: ["message.precheck"],
    args: [APP, { eventType: TYPE }],
    expect: { active: true },
  },
  {
    name: "the absence of listeners is found before a publish",
    call: ["message.precheck"],
    args: [APP, { eventType: "$app.unheard" }],
    expect: { active: false },
  },
  {
    name: "the contents of several messages are expunged",
    call: ["message.bulkExpungeContent"],
    args: [APP, { ids: ["$overlapping"] }],
    expect: { results: { like: /object/ } },
  },
  ...task("the contents of all messages are expunged", "purge", {
    call: ["message.expungeAllContents"],
    args: [APP],
    expect: { task: "application.purge_content" },
  }),
  ...task("deliveries are counted by application", "usage", {
    call: ["statistics.aggregateAppStats"],
    args: [{ since: "$since", until: UNTIL, appIds: [APP] }],
    expect: { task: "application.stats", unresolvedAppIds: { length: 0 } },
  }),
  ...task("event types are collected by application", "types", {
    call: ["statistics.aggregateEventTypes"],
    expect: { task: "event-type.aggregate" },
  }),
  {
    name: "event types are imported from a document",
    call: ["eventType.importOpenapi", "eventType.importOpenApi"],
    args: [{ specRaw: "webhooks: { $app.imported: { post: { description: Imported } } }" }],
    expect: { "data.modified.0": "$app.imported" },
  },
  {
    name: "the environment is exported",
    call: ["environment.export"],
    expect: { version: 1, connectors: { length: 0 } },
  },
  {
    name: "an environment is imported",
    call: ["environment.import", "environment.import_"],
    args: [{ eventTypes: [{ name: "$app.copied", description: "Copied" }] }],
  },
  {
    name: "a type of the environment is registered",
    after: "an environment is imported",
    call: ["eventType.get"],
    args: ["$app.copied"],
    expect: { description: "Copied" },
  },
];
