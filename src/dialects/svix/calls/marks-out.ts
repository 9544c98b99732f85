/** Verdicts and marks as answers show them: the state of a message at each endpoint of a page. */
import Type from "typebox";
import { DIALECTS } from "../../../core/snapshot.ts";
import { type Verdict, VERDICT_KINDS } from "../../../core/verdict.ts";
import type { MarkView } from "../../../operations/context.ts";
import { EXAMPLE_TIME, flag, nullable, shown } from "./document-fields.ts";
import { EXAMPLE_FACTS } from "./endpoint-out.ts";
import { isoTime } from "./paging.ts";

const time = (description: string) =>
  Type.Optional(Type.String({ format: "date-time", description }));

export const verdict = shown("Verdict", {
  kind: Type.Enum([...VERDICT_KINDS], {
    description:
      "Why the message is or is not delivered. Without a delivery, the endpoint is judged as it is now.",
  }),
  since: time("When it became so: the end of the delivery, or the opening of the breaker."),
  nextAt: time("When the next attempt or probe is due."),
  statusCode: Type.Optional(
    Type.Integer({ description: "The status of the latest attempt; 0 without an answer." }),
  ),
});

export const markFields = {
  endpointId: Type.String(),
  part: Type.Integer({
    minimum: 0,
    description: "Which of several webhooks of the message it is.",
  }),
  name: nullable(Type.String({ description: "The name of the event in the endpoint's API." })),
  verdict,
};
export const mark = shown("Mark", markFields);

const markedEndpoint = shown("MarkedEndpoint", {
  id: Type.String(),
  dialect: Type.Enum([...DIALECTS]),
  url: Type.String(),
  description: Type.String(),
  state: Type.Enum(["enabled", "paused", "disabled", "deleted"]),
});

/** Fields of a page with marks. */
export const markedPage = {
  endpoints: Type.Array(markedEndpoint, {
    description: "The endpoints that have marks, at most 50: first those with deliveries.",
  }),
  hasMoreEndpoints: flag("Whether the application has endpoints without marks in this answer."),
};
export const searchedTo = nullable(
  Type.String({
    format: "date-time",
    description: "Where the search ended before its end; null when nothing was left out.",
  }),
);

export const EXAMPLE_MARK = {
  endpointId: EXAMPLE_FACTS.id,
  part: 0,
  name: "message.received",
  verdict: { kind: "delivered", since: EXAMPLE_TIME, statusCode: 200 },
};
export const EXAMPLE_MARKED_PAGE = {
  endpoints: [
    {
      id: EXAMPLE_FACTS.id,
      dialect: "svix",
      url: EXAMPLE_FACTS.url,
      description: "",
      state: "enabled",
    },
  ],
  hasMoreEndpoints: false,
};

export function markOut({ endpointId, part, name, verdict }: MarkView) {
  return { endpointId, part, name, verdict: verdictOut(verdict) };
}

function verdictOut({ since, nextAt, ...rest }: Verdict): Verdict<string> {
  return {
    ...rest,
    ...(since === undefined ? undefined : { since: isoTime(since) }),
    ...(nextAt === undefined ? undefined : { nextAt: isoTime(nextAt) }),
  };
}
