/**
 * Validates a request against the schema that also documents it. Unknown names pass, as they do at the
 * vendors' servers: their clients send additional names with every version.
 */
import type { Static, TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { AppError, refuseField } from "../core/error.ts";
import { payloadProblems, collectReports } from "../core/events/payload-problems.ts";
import type { SchemaReport } from "../core/events/payload-problems.ts";

/** Refuses with `invalid_field`. Every problem has the path of its field. */
export type SchemaCheck<T> = (value: unknown) => T;

/** The schema is compiled on first use, so that calls that are never made do not slow the start. */
export function checkWith<S extends TSchema>(schema: S): SchemaCheck<Static<S>> {
  let compiled: ReturnType<typeof Compile> | undefined;
  return (value) => {
    const check = (compiled ??= Compile(schema));
    if (check.Check(value)) {
      refuseNul(value, []);
      return value as Static<S>;
    }
    const reports = collectReports(
      (given) => check.Errors(given) as readonly SchemaReport[],
      value,
    );
    const problems = payloadProblems(schema, value, reports, []);
    const [first] = problems;
    throw new AppError("invalid_field", first?.message ?? "The request is not valid.", {
      problems,
    });
  };
}

/** PostgreSQL cannot store the character in text. Payload texts are stored escaped and may contain it. */
export function refuseNul(value: unknown, path: readonly (string | number)[]): void {
  if (typeof value === "string" && value.includes("\0")) {
    const message = `${path.join(".")} must not contain the character U+0000.`;
    throw refuseField("invalid_field", path, message);
  }
  if (typeof value !== "object" || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    refuseNul(name, [...path, "the name of a field"]);
    refuseNul(member, [...path, name]);
  }
}
