/**
 * Payload filters of endpoints: an endpoint with one gets only events for whose payload it is true. The
 * language is a part of JMESPath, in which no evaluation can take more than a fixed number of steps. An
 * event that a filter cannot decide within its steps passes. So a filter loses no event, and costs no more
 * than an endpoint without one. See `decisions/023-payload-filters.md`.
 */
import { AppError } from "../error.ts";
import { isJsonType } from "../json/json-type.ts";
import { parseJson } from "../json/json.ts";
import type { JsonValue } from "../json/json-value.ts";
import { ENDPOINT_LIMITS as LIMITS } from "../limits/endpoint-limits.ts";
import { evaluate, isTruthy } from "./evaluate.ts";
import { FilterProblem } from "./filter-problem.ts";
import type { Node } from "./nodes.ts";
import { parseFilter } from "./parse.ts";
import { OutOfSteps } from "./steps.ts";

export type PayloadFilter = { readonly root: Node };

/** Characters of a filter. */
export const FILTER_CHARACTERS = 1_000;

/** Completes the sentence "the field …"; undefined for a filter. */
export function findFilterProblem(text: string): string | undefined {
  try {
    parseFilter(text);
    return undefined;
  } catch (error) {
    if (error instanceof FilterProblem) return error.message;
    throw error;
  }
}

/** Null without a filter, and for one that only a newer program can read: it lets every event pass. */
export function readPayloadFilter(text: string | null): PayloadFilter | null {
  if (text === null) return null;
  try {
    return { root: parseFilter(text) };
  } catch (error) {
    if (error instanceof FilterProblem) return null;
    throw error;
  }
}

/** The payload of one event, which is parsed when the first filter reads it. */
export type FilteredPayload = {
  /** Steps that its filters have taken. */
  readonly steps: number;
  passes(filter: PayloadFilter): boolean;
};

/** Characters of a payload that are parsed in the time of one step. */
const PARSED_CHARACTERS_OF_STEP = 4;

export function toFilteredPayload(event: {
  readonly payloadText: string;
  readonly contentType: string;
}): FilteredPayload {
  const { length } = event.payloadText;
  const isTooLong = length > LIMITS.filteredPayloadBytes.value;
  let payload: { readonly value: JsonValue } | null = null;
  let taken = 0;
  return {
    get steps() {
      return taken;
    },
    passes({ root }) {
      if (isTooLong) return true;
      if (payload === null) {
        payload = { value: readPayload(event) };
        taken += Math.ceil(length / PARSED_CHARACTERS_OF_STEP);
      }
      const steps = { left: LIMITS.filterSteps.value };
      try {
        return isTruthy(evaluate(root, payload.value, steps));
      } catch (error) {
        if (error instanceof OutOfSteps) return true;
        throw error;
      } finally {
        taken += LIMITS.filterSteps.value - Math.max(0, steps.left);
      }
    },
  };
}

/** A body that is not JSON is a text, as the answers of the native API show it. */
function readPayload({
  payloadText,
  contentType,
}: Parameters<typeof toFilteredPayload>[0]): JsonValue {
  if (!isJsonType(contentType)) return payloadText;
  try {
    return parseJson(payloadText);
  } catch (error) {
    if (error instanceof AppError) return payloadText;
    throw error;
  }
}
