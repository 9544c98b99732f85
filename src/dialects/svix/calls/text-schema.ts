/** Texts as answers show them, and the filters of their list. */
import Type from "typebox";
import type { Static, TObject } from "typebox";
import {
  CHANNELS,
  MESSAGE_STATUSES,
  type MessageStatus,
} from "../../../core/messages/message-status.ts";
import { MARKS, worstVerdict } from "../../../core/verdict.ts";
import type {
  AttemptMark,
  EventOfText,
  Text,
  TextFilter,
  TextStory,
} from "../../../operations/context.ts";
import { instantIn } from "../../request-schema.ts";
import { personal } from "../personal.ts";
import {
  EXAMPLE_ATTEMPT,
  EXAMPLE_TEXT,
  EXAMPLE_TIME,
  flag,
  instant,
  nullable,
  shown,
} from "./document-fields.ts";
import {
  EXAMPLE_MARK,
  EXAMPLE_MARKED_PAGE,
  mark,
  markedPage,
  markFields,
  markOut,
  searchedTo,
  verdict,
} from "./marks-out.ts";
import { EXAMPLE_MESSAGE_OUT } from "./message-schema.ts";
import { isoTime } from "./paging.ts";

const STATUSES = Object.keys(MESSAGE_STATUSES) as readonly MessageStatus[];
const DIRECTIONS = ["inbound", "outbound"] as const;

export const TEXT_FILTER = {
  number: Type.Optional(
    Type.String({
      maxLength: 254,
      description: "Selects texts with this address of the other party.",
    }),
  ),
  line: Type.Optional(Type.String({ maxLength: 254, description: "Selects texts of this line." })),
  direction: Type.Optional(Type.Enum([...DIRECTIONS])),
  channel: Type.Optional(Type.Enum([...CHANNELS])),
  status: Type.Optional(
    Type.Array(Type.Enum([...STATUSES]), {
      description: "Selects texts with one of these statuses.",
    }),
  ),
  state: Type.Optional(
    Type.Array(Type.Enum([...MARKS]), {
      description: "Selects texts that are in one of these states at one of their endpoints.",
    }),
  ),
  endpoint_id: Type.Optional(
    Type.String({ maxLength: 256, description: "Shows the state at this endpoint only." }),
  ),
  since: Type.Optional(instantIn("Selects only texts at or after this time.")),
  until: Type.Optional(instantIn("Selects only texts before this time.")),
};

const textFacts = shown("TextFacts", {
  id: Type.String({ description: "Zipwhip's id of the text, as decimal digits." }),
  messageId: Type.String({ description: "The publisher's id." }),
  handle: Type.String({ description: "Sendblue's id." }),
  ksuid: Type.String({ description: "Chirp's id, without a prefix." }),
  direction: Type.Enum([...DIRECTIONS]),
  channel: Type.Enum([...CHANNELS]),
  from: personal("number", Type.String()),
  to: personal("number", Type.String()),
  text: personal("text", Type.String({ description: "Empty once the content is deleted." })),
  mediaCount: Type.Integer({ minimum: 0 }),
  status: nullable(Type.Enum([...STATUSES])),
  acceptedAt: instant("When the message that made the text was accepted."),
  eventId: Type.String({ description: "The id of the message that made the text." }),
  expunged: flag("Whether the content is deleted."),
});
export const markedText = shown("Text", {
  ...textFacts.properties,
  marks: Type.Array(mark),
});

const attemptMark = shown("AttemptMark", {
  id: Type.String(),
  at: instant("When it was made."),
  statusCode: Type.Integer({ description: "0 when the receiver did not answer." }),
  result: Type.Enum(["success", "fail"]),
  reason: nullable(Type.String({ description: "The reason for having no answer." })),
  durationMs: Type.Integer(),
  attempt: Type.Integer({ minimum: 1, description: "Its number among those of the delivery." }),
  manual: flag("Whether it was asked for."),
});
const cell = shown("Cell", { ...markFields, attempts: Type.Array(attemptMark) });
const eventOfText = shown("EventOfText", {
  id: Type.String(),
  eventId: nullable(Type.String({ description: "The publisher's id of the message." })),
  eventType: Type.String(),
  at: instant("When it was accepted."),
  note: nullable(Type.String({ description: "The status that the message reports." })),
  derivedFrom: nullable(
    Type.String({ description: "The id of the message that it follows from." }),
  ),
  cells: Type.Array(cell),
});
export const textStory = shown("TextStory", {
  text: textFacts,
  ...markedPage,
  events: Type.Array(eventOfText, {
    description: "At most 100 messages about the text, oldest first.",
  }),
  worst: nullable(
    Type.Object({
      eventId: Type.String(),
      endpointId: Type.String(),
      part: Type.Integer(),
      verdict,
    }),
  ),
  searchedTo,
  iterator: nullable(
    Type.String({ description: "Continues the messages; null when all of them were searched." }),
  ),
  hasMoreAttempts: flag("Whether attempts are left out."),
});

const EXAMPLE_FACTS_OUT = {
  id: "2124650254158354432",
  messageId: EXAMPLE_TEXT,
  handle: "033f9d3c-1f52-4c4e-9b1a-0d4a0b8c7140",
  ksuid: "2srOrx2ZWZBpBUvZwXKQmoEYga9",
  direction: "inbound",
  channel: "sms",
  from: "+12065550188",
  to: "+12065550100",
  text: "Is my table ready?",
  mediaCount: 0,
  status: null,
  acceptedAt: EXAMPLE_TIME,
  eventId: EXAMPLE_MESSAGE_OUT.id,
  expunged: false,
};
export const EXAMPLE_TEXT_OUT = { ...EXAMPLE_FACTS_OUT, marks: [EXAMPLE_MARK] };
export const EXAMPLE_STORY_OUT = {
  text: EXAMPLE_FACTS_OUT,
  ...EXAMPLE_MARKED_PAGE,
  events: [
    {
      id: EXAMPLE_MESSAGE_OUT.id,
      eventId: null,
      eventType: "message.received",
      at: EXAMPLE_TIME,
      note: null,
      derivedFrom: null,
      cells: [
        {
          ...EXAMPLE_MARK,
          attempts: [
            {
              id: EXAMPLE_ATTEMPT,
              at: EXAMPLE_TIME,
              statusCode: 200,
              result: "success",
              reason: null,
              durationMs: 42,
              attempt: 1,
              manual: false,
            },
          ],
        },
      ],
    },
  ],
  worst: {
    eventId: EXAMPLE_MESSAGE_OUT.id,
    endpointId: EXAMPLE_MARK.endpointId,
    part: 0,
    verdict: EXAMPLE_MARK.verdict,
  },
  searchedTo: null,
  iterator: null,
  hasMoreAttempts: false,
};

export function toTextFilter(query: Static<TObject<typeof TEXT_FILTER>>): TextFilter {
  const { number, line, direction, channel, status, state, endpoint_id, since, until } = query;
  return {
    ...(number === undefined ? undefined : { number }),
    ...(line === undefined ? undefined : { line }),
    ...(direction === undefined ? undefined : { direction }),
    ...(channel === undefined ? undefined : { channel }),
    ...(status === undefined ? undefined : { statuses: status }),
    ...(state === undefined ? undefined : { marks: state }),
    ...(endpoint_id === undefined ? undefined : { endpointRef: endpoint_id }),
    ...(since === undefined ? undefined : { since }),
    ...(until === undefined ? undefined : { until }),
  };
}

export function textOut({ eventId, acceptedAt, message, isExpunged }: Text): object {
  return {
    id: `${message.snowflake}`,
    messageId: message.id,
    handle: message.handle,
    ksuid: message.ksuid,
    direction: message.direction,
    channel: message.channel,
    from: message.from,
    to: message.to,
    text: message.text,
    mediaCount: message.media.length,
    status: message.status,
    acceptedAt: isoTime(acceptedAt),
    eventId,
    expunged: isExpunged,
  };
}

export function storyOut(story: TextStory): object {
  const cells = story.events.flatMap(({ id: eventId, cells }) =>
    cells.map((one) => ({ eventId, ...markOut(one) })),
  );
  const worst = worstVerdict(cells);
  return {
    text: textOut(story.text),
    endpoints: story.endpoints,
    hasMoreEndpoints: story.hasMoreEndpoints,
    events: story.events.map(eventOut),
    worst: worst && {
      eventId: worst.eventId,
      endpointId: worst.endpointId,
      part: worst.part,
      verdict: worst.verdict,
    },
    searchedTo: story.searchedTo === null ? null : isoTime(story.searchedTo),
    iterator: story.next,
    hasMoreAttempts: story.hasMoreAttempts,
  };
}

function eventOut(event: EventOfText): object {
  return {
    id: event.id,
    eventId: event.eventId,
    eventType: event.type,
    at: isoTime(event.acceptedAt),
    note: event.status,
    derivedFrom: event.derivedFrom,
    cells: event.cells.map((cell) => ({
      ...markOut(cell),
      attempts: cell.attempts.map(attemptOut),
    })),
  };
}

function attemptOut(mark: AttemptMark, index: number): object {
  return {
    id: mark.id,
    at: isoTime(mark.at),
    statusCode: mark.statusCode,
    result: mark.succeeded ? "success" : "fail",
    reason: mark.reason,
    durationMs: mark.durationMs,
    attempt: index + 1,
    manual: mark.trigger === "manual",
  };
}
