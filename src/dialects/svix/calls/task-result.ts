/** The results of statistics tasks in the `data` of a finished task, in Svix's form. */
import Type from "typebox";
import type { ResultRow, StatisticsKind } from "../../../operations/context.ts";
import { nullable } from "./document-fields.ts";

export const resultSchemas = {
  appStats: Type.Optional(
    Type.Array(
      Type.Object({
        messageDestinations: Type.Integer(),
        appId: Type.String(),
        appUid: nullable(Type.String()),
      }),
      { description: "The result of a finished `application.stats`; absent in lists." },
    ),
  ),
  event_types: Type.Optional(
    Type.Array(
      Type.Object({
        appId: Type.String(),
        explicitlySubscribedEventTypes: Type.Array(Type.String()),
        hasCatchAllEndpoint: Type.Boolean(),
      }),
      { description: "The result of a finished `event-type.aggregate`; absent in lists." },
    ),
  ),
};

/** The field of a task's `data` with its result, as parts of JSON text. */
export function* toResultParts(
  kind: StatisticsKind,
  rows: readonly ResultRow[],
): Generator<string> {
  const items = kind === "application.stats" ? toAppStats(rows) : toEventTypes(rows);
  yield kind === "application.stats" ? '"appStats":[' : '"event_types":[';
  let comma = "";
  for (const item of items) {
    yield comma + JSON.stringify(item);
    comma = ",";
  }
  yield "]";
}

function* toAppStats(rows: readonly ResultRow[]): Generator<object> {
  for (const { amount, appId, appUid } of rows)
    yield { messageDestinations: amount, appId, appUid };
}

/** The rows of an application follow each other. */
function* toEventTypes(rows: readonly ResultRow[]): Generator<object> {
  for (let from = 0, to = 0; from < rows.length; from = to) {
    const { appId } = rows[from] as ResultRow;
    while (rows[to]?.appId === appId) to += 1;
    const names = rows.slice(from, to).map(({ name }) => name);
    const explicit = names.filter((name) => name !== "");
    const hasCatchAllEndpoint = explicit.length < names.length;
    yield { appId, explicitlySubscribedEventTypes: explicit, hasCatchAllEndpoint };
  }
}
