import type { OperationalEventType } from "../../../src/core/events/event-type.ts";
import type { Row } from "../../api/reads.ts";
import { operationalWords } from "../../words/operational.ts";

export type OperationalEndpoint = Row<"GET /api/v1/operational-webhook/endpoint">;

/** Every type has words, so the page needs no list of types of the server. */
const WORDS: Readonly<Record<OperationalEventType, string>> = operationalWords.types;
export const OPERATIONAL_TYPES = Object.keys(WORDS) as OperationalEventType[];
