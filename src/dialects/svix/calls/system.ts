/** The server as a whole, for the page of the system. */
import Type from "typebox";
import { readSystem } from "../../../operations/system/read-system.ts";
import type { Call } from "../../call.ts";
import { defineCall } from "../call.ts";
import { asOperator } from "../caller.ts";
import { answer, flag, instant, nullable, shown } from "./document-fields.ts";
import { isoTime } from "./paging.ts";

const fingerprint = (of: string) =>
  Type.String({ description: `The beginning of the hash of ${of}.` });

const systemOut = shown("System", {
  at: instant("When it was read."),
  version: Type.String({ description: "The version of this node." }),
  runtime: Type.String({ description: "The version of Node.js." }),
  nodes: Type.Array(
    Type.Object({
      name: Type.String(),
      version: nullable(Type.String()),
      startedAt: nullable(instant("When it started.")),
      shards: Type.Integer({ description: "The shards that it owns." }),
      isThis: flag("Whether this node answers."),
    }),
    { description: "Nodes with a valid lease." },
  ),
  shards: Type.Object({ owned: Type.Integer(), all: Type.Integer() }),
  store: Type.Object({
    kind: Type.Enum(["sqlite", "postgres"]),
    database: Type.String({ description: "Name and version of the database." }),
    schema: Type.String({ description: "The newest migration." }),
    bytes: Type.Integer(),
    freeBytes: nullable(Type.Integer({ description: "Room on the disk; null if not known." })),
    retentionSeconds: Type.Integer(),
    indexLagSeconds: Type.Integer({ description: "How far the search index is behind." }),
  }),
  encryption: Type.Object({
    fingerprint: fingerprint("the key that encrypts secrets"),
    previous: nullable(fingerprint("the previous key, while it is changed")),
    isChanging: flag("Whether values with the previous key remain."),
    isInFile: flag(
      "Whether the key is in a file beside the store, so that `rekey` can make a new one.",
    ),
  }),
  settings: Type.Array(
    Type.Object({
      name: Type.String(),
      value: nullable(
        Type.String({ description: "`set` or `not set` for a secret; null for a viewer." }),
      ),
      source: Type.Enum(["default", "environment", "file", "command"]),
      description: Type.String(),
    }),
    { description: "The settings of this node." },
  ),
  checks: Type.Array(
    Type.Object({
      name: Type.String(),
      state: Type.Enum(["ok", "warning", "failed"]),
      detail: Type.String(),
    }),
  ),
});

const EXAMPLE = {
  at: "2026-05-06T14:32:00.000Z",
  version: "0.1.0",
  runtime: "v24.21.0",
  nodes: [
    {
      name: "2srOrx2ZWZBpBUvZwXKQmoEYga1_0.1.0",
      version: "0.1.0",
      startedAt: "2026-05-01T08:00:00.000Z",
      shards: 256,
      isThis: true,
    },
  ],
  shards: { owned: 256, all: 256 },
  store: {
    kind: "sqlite",
    database: "SQLite 3.51.0",
    schema: "2026-12-01-search",
    bytes: 4_402_341_478,
    freeBytes: 41_000_000_000,
    retentionSeconds: 2_592_000,
    indexLagSeconds: 0,
  },
  encryption: {
    fingerprint: "7fae92a03728",
    previous: null,
    isChanging: false,
    isInFile: true,
  },
  settings: [
    {
      name: "HOOKLINE_RETENTION",
      value: "30d",
      source: "default",
      description: "How long contents are kept.",
    },
  ],
  checks: [{ name: "writable", state: "ok", detail: "Publishes can be stored." }],
};

export const SYSTEM_CALLS: readonly Call[] = [
  defineCall({
    tag: "Server",
    id: "getSystem",
    configuration: true,
    portal: null,
    operator: "viewer",
    summary: "Get the nodes, the store, the settings and the checks of the server",
    description:
      "The store is asked at most once a second, for any number of callers. Settings are those of the node that answers; a viewer gets no values.",
    method: "GET",
    path: "/api/v1/system",
    access: asOperator,
    answers: { 200: answer("The server.", systemOut, EXAMPLE) },
    refusals: [],
    async handle({ context, caller }) {
      const { at, nodes, storage, settings, ...rest } = await readSystem(context);
      const { retentionMs, ...shownStorage } = storage;
      const isViewer = caller.role === "viewer";
      return {
        at: isoTime(at),
        ...rest,
        nodes: nodes.map((node) => ({
          ...node,
          startedAt: node.startedAt === null ? null : isoTime(node.startedAt),
        })),
        store: { ...shownStorage, retentionSeconds: Math.floor(retentionMs / 1000) },
        settings: settings.map((one) => ({ ...one, value: isViewer ? null : one.value })),
      };
    },
  }),
];
