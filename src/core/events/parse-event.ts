/**
 * Validates the payload of a canonical event and extracts the fields that the rules read. It is on the path
 * of every event: a valid payload costs one run of its compiled schema. A schema is compiled when its type
 * first occurs, so that unused types cost nothing at start.
 */
import { Compile } from "typebox/compile";
import type { CanonicalType } from "./canonical-events.ts";
import { findContradictions } from "./contradictions.ts";
import { CATALOGUE } from "./catalogue.ts";
import { toInstant } from "./catalogue/event-time.ts";
import type { CanonicalPayload } from "../decide-types.ts";
import type { FieldProblem } from "../error.ts";
import { isInstant } from "../instant.ts";
import { payloadProblems, collectReports, type SchemaReport } from "./payload-problems.ts";

export type ParsedPayload =
  | { readonly ok: true; readonly canonical: CanonicalPayload }
  | { readonly ok: false; readonly problems: readonly FieldProblem[] };

type Validator = {
  readonly schema: object;
  /** Paths of its instants: the schema cannot express the allowed years. */
  readonly instants: readonly (readonly string[])[];
  Check(payload: unknown): boolean;
  Errors(payload: unknown): readonly SchemaReport[];
};

const validators = new Map<CanonicalType, Validator>();

function ensureValidator(type: CanonicalType): Validator {
  const known = validators.get(type);
  if (known !== undefined) return known;
  const { schema } = CATALOGUE[type];
  const compiled = Compile(schema);
  const validator: Validator = {
    schema,
    instants: instantPaths(schema),
    Check: (payload) => compiled.Check(payload),
    Errors: (payload) => compiled.Errors(payload) as readonly SchemaReport[],
  };
  validators.set(type, validator);
  return validator;
}

/**
 * Parses the payload of a canonical type, as `parseJson` returns it (integers beyond 2^53 are bigint).
 * Problems have paths from `["payload", …]`; there are at most eight.
 */
export function parseCanonicalPayload(type: CanonicalType, payload: unknown): ParsedPayload {
  const validator = ensureValidator(type);
  if (!validator.Check(payload)) {
    const reports = collectReports((value) => validator.Errors(value), payload);
    const problems = payloadProblems(validator.schema, payload, reports);
    return { ok: false, problems };
  }
  const outside = validator.instants.filter((path) => isOutside(payload, path));
  if (outside.length > 0) {
    const reports = outside.map((path) => ({
      keyword: "format",
      instancePath: `/${path.join("/")}`,
      params: {},
    }));
    return { ok: false, problems: payloadProblems(validator.schema, payload, reports) };
  }
  const canonical = CATALOGUE[type].flatten(payload);
  const problems = findContradictions(canonical);
  return problems.length === 0 ? { ok: true, canonical } : { ok: false, problems };
}

/** Instants are members of objects; no list of the catalogue contains one. */
function instantPaths(schema: unknown, path: readonly string[] = []): (readonly string[])[] {
  const { format, properties = {} } = schema as {
    readonly format?: string;
    readonly properties?: { readonly [name: string]: unknown };
  };
  if (format === "date-time") return [path];
  return Object.entries(properties).flatMap(([name, one]) => instantPaths(one, [...path, name]));
}

function isOutside(payload: unknown, path: readonly string[]): boolean {
  let value = payload;
  for (const name of path) {
    if (value === undefined) return false;
    value = (value as { readonly [name: string]: unknown })[name];
  }
  return typeof value === "string" && !isInstant(toInstant(value));
}
