/**
 * Whether the payload of a canonical event is sound, and what of it the rules read. On the path of
 * every event: a sound payload costs one run of its compiled schema. A schema is compiled when its
 * type is first met, so that starting costs nothing for types that nobody publishes.
 */
import { Compile } from "typebox/compile";
import type { CanonicalType } from "./canonical-type.ts";
import { contradictions, flattenPayload } from "./canonical.ts";
import { CATALOGUE } from "./catalogue.ts";
import type { PayloadOf } from "./catalogue.ts";
import type { CanonicalPayload } from "./decide-types.ts";
import type { FieldProblem } from "./error.ts";
import { payloadProblems, reportsOf } from "./payload-problems.ts";
import type { SchemaReport } from "./payload-problems.ts";

export type ParsedPayload =
  | { readonly ok: true; readonly canonical: CanonicalPayload }
  | { readonly ok: false; readonly problems: readonly FieldProblem[] };

type Validator = {
  readonly schema: object;
  Check(payload: unknown): boolean;
  Errors(payload: unknown): readonly SchemaReport[];
};

const validators = new Map<CanonicalType, Validator>();

function validatorOf(type: CanonicalType): Validator {
  const known = validators.get(type);
  if (known !== undefined) return known;
  const { schema } = CATALOGUE[type];
  const compiled = Compile(schema);
  const validator: Validator = {
    schema,
    Check: (payload) => compiled.Check(payload),
    Errors: (payload) => compiled.Errors(payload) as readonly SchemaReport[],
  };
  validators.set(type, validator);
  return validator;
}

/**
 * The payload of a canonical type, as `parseJson` gives it (integers beyond 2^53 are bigint).
 * Problems have paths from `["payload", …]`; there are at most eight.
 */
export function parseCanonicalPayload(type: CanonicalType, payload: unknown): ParsedPayload {
  const validator = validatorOf(type);
  if (!validator.Check(payload)) {
    const reports = reportsOf((value) => validator.Errors(value), payload);
    const problems = payloadProblems(validator.schema, payload, reports);
    return { ok: false, problems };
  }
  const canonical = flattenPayload(type, payload as PayloadOf<typeof type>);
  const problems = contradictions(canonical);
  return problems.length === 0 ? { ok: true, canonical } : { ok: false, problems };
}
