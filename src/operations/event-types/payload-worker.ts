/** Checks one payload against the newest of the schemas of its type, in a separate thread. */
import { parentPort, workerData } from "node:worker_threads";
import { Errors } from "typebox/schema";
import { type SchemaError, toSchemaProblems } from "../../core/events/schema-problems.ts";
import { parseJson } from "../../core/json/json.ts";
import { BEGUN } from "./check-payload.ts";
import type { CheckedPayload, GivenPayload, PayloadMessage } from "./check-payload.ts";

if (parentPort === null) throw new Error("payload-worker.ts must run in a worker thread");
parentPort.postMessage(BEGUN satisfies PayloadMessage);
parentPort.postMessage(check(workerData as GivenPayload));

/** Throws for a reference that is not within the schema, or leads to itself. */
function check({ schemas, payload }: GivenPayload): CheckedPayload {
  const byVersion = new Map(Object.entries(JSON.parse(schemas) as object));
  const version = [...byVersion.keys()].toSorted(compareVersions).at(-1);
  if (version === undefined) return { state: "no_schema", version: null, problems: [] };
  // The library knows no integers beyond doubles; the sentences show them exactly.
  const [fits, errors] = Errors(
    byVersion.get(version) as Parameters<typeof Errors>[0],
    JSON.parse(payload),
  );
  if (fits) return { state: "fits", version, problems: [] };
  const problems = toSchemaProblems(errors as readonly SchemaError[], parseJson(payload));
  return { state: "problems", version, problems };
}

/** `10` comes after `9`. */
function compareVersions(one: string, other: string): number {
  return one.localeCompare(other, "en", { numeric: true });
}
