/** The schemas of messages, Svix's word for events, in requests and answers, and the filters of their lists. */
import Type from "typebox";
import type { Static, TObject } from "typebox";
import type { ErrorCode } from "../../../core/error.ts";
import type { EventFilter } from "../../../operations/context.ts";
import { personal } from "../personal.ts";
import { instantIn } from "../../request-schema.ts";
import { applicationIn } from "./application-model.ts";
import {
  body,
  EXAMPLE_MESSAGE,
  EXAMPLE_TIME,
  flag,
  instant,
  MAKING,
  nullable,
  shown,
  text,
  texts,
} from "./document-fields.ts";
import { CHANNEL_RULES, nameForm, NAME_RULES, TAG_RULES } from "./model-rules.ts";

const CHANNELS = { min: 1, max: 5, item: CHANNEL_RULES } as const;
const TAGS = { min: 1, max: 50, item: TAG_RULES } as const;
const ORDERING_KEY = { min: 1, max: 256 } as const;
const EVENT_ID = {
  ...NAME_RULES,
  form: nameForm("(?!msg_)"),
  meaning: `${NAME_RULES.meaning}, and must not start with msg_`,
} as const;
const RETENTION_DAYS = { min: 5, max: 90 } as const;
const RETENTION_HOURS = { min: 1, max: 90 * 24 } as const;
const CONTENT_TYPE = {
  min: 3,
  max: 255,
  form: /^[\w.+-]+\/[\w.+-]+(?:\s*;[\x20-\x7e]*)?$/,
  meaning: "a media type such as text/plain",
} as const;

const range = ({ min, max }: { readonly min: number; readonly max: number }) => ({
  minimum: min,
  maximum: max,
});
/** The fields of a message that decide which endpoints get it. */
const addressing = {
  eventType: text(NAME_RULES, "A built-in event type, or any other name."),
  channels: Type.Optional(
    nullable(texts(CHANNELS, "Delivered to endpoints with one of these channels or no channels.")),
  ),
};
const event = {
  eventType: addressing.eventType,
  payload: Type.Object({}, { description: "The payload, which is delivered byte for byte." }),
  eventId: Type.Optional(nullable(text(EVENT_ID, "Your id of the message; a repeat is refused."))),
  channels: addressing.channels,
  tags: Type.Optional(
    nullable(texts(TAGS, "Tags by which endpoints can select messages and lists can be filtered.")),
  ),
  orderingKey: Type.Optional(
    nullable(
      text(ORDERING_KEY, "An endpoint receives messages of the same key one after another."),
    ),
  ),
  deliverAt: Type.Optional(
    nullable(instantIn("Earliest time of the first attempt, one minute to 24 hours from now.")),
  ),
  payloadRetentionPeriod: Type.Optional(
    nullable(
      Type.Integer({
        ...range(RETENTION_DAYS),
        description: "Days to keep the payload. The server's retention is the maximum.",
      }),
    ),
  ),
  payloadRetentionHours: Type.Optional(
    nullable(
      Type.Integer({
        ...range(RETENTION_HOURS),
        description: "Hours to keep the payload. The server's retention is the maximum.",
      }),
    ),
  ),
  derive: Type.Optional(flag("If false, no other events are derived from this message.")),
  historical: Type.Optional(flag("If true, the message is history, such as an import.")),
  occurredAt: Type.Optional(
    nullable(instantIn("Time of the event, if the payload does not contain it.")),
  ),
  transformationsParams: Type.Optional(
    nullable(
      Type.Object(
        {
          rawPayload: Type.Optional(
            Type.String({ description: "The body to deliver; requires the payload {}." }),
          ),
          headers: Type.Optional(
            Type.Object(
              {
                "content-type": Type.Optional(text(CONTENT_TYPE, "The media type of rawPayload.")),
              },
              { additionalProperties: false },
            ),
          ),
        },
        { additionalProperties: false, description: "For a body that is not JSON." },
      ),
    ),
  ),
};
export const eventIn = body("EventIn", event);
export const messageIn = body("MessageIn", {
  ...event,
  application: Type.Optional(nullable(applicationIn)),
});

export const precheckIn = body("MessagePrecheckIn", addressing);

/** The fields of a message that every answer shows. */
export const messageFacts = {
  id: Type.String(),
  eventId: nullable(Type.String()),
  eventType: Type.String(),
  channels: nullable(Type.Array(Type.String())),
  tags: nullable(Type.Array(Type.String())),
  timestamp: instant("When the message was accepted."),
  deliverAt: nullable(Type.String({ format: "date-time" })),
  orderingKey: Type.Optional(personal("number", Type.String())),
  payload: personal(
    "payload",
    Type.Unknown({
      description:
        'The payload as published; `{"expired":true}` once it has expired; `{}` if content is not requested.',
    }),
  ),
};
export const message = shown("Message", messageFacts);
export const oneMessage = shown("MessageWithReason", {
  ...messageFacts,
  undelivered: Type.Optional(
    Type.String({ description: "Why the message has no delivery; absent when it has one." }),
  ),
});
export const batchMessage = shown("BatchMessage", {
  ...messageFacts,
  deliveries: Type.Integer({
    minimum: 0,
    description: "Number of deliveries that this call made for the message.",
  }),
  duplicate: Type.Optional(flag("True when the eventId was published before.")),
});

const PAYLOAD = {
  message: {
    id: "m-1024",
    channel: "sms",
    from: "+12065550188",
    to: "+12065550100",
    text: "Is my table ready?",
  },
};
export const EXAMPLE_IN = {
  eventType: "message.received",
  eventId: EXAMPLE_MESSAGE,
  payload: PAYLOAD,
};
export const EXAMPLE_MESSAGE_OUT = {
  eventId: EXAMPLE_MESSAGE,
  eventType: "message.received",
  channels: null,
  id: "msg_2srOrx2ZWZBpBUvZwXKQmoEYga3",
  timestamp: EXAMPLE_TIME,
  tags: null,
  deliverAt: null,
  payload: PAYLOAD,
};

/** Filters that lists of messages and lists of attempts share. */
export const EVENT_FILTER = {
  channel: Type.Optional(Type.String({ description: "Selects only messages with this channel." })),
  tag: Type.Optional(Type.String({ description: "Selects only messages with this tag." })),
  event_types: Type.Optional(
    Type.Array(Type.String(), {
      description:
        "Selects only these event types; repeat the parameter or separate them with commas.",
    }),
  ),
  before: Type.Optional(instantIn("Selects only items before this time.")),
  after: Type.Optional(instantIn("Selects only items at or after this time.")),
};
/** Refusals of the calls that publish. */
export const PUBLISHING: readonly ErrorCode[] = [
  ...MAKING,
  "unknown_event_type",
  "invalid_payload",
  "unknown_message",
  "rate_limited",
];
export const withContent = Type.Optional(flag("Whether payloads are included."));

export function toEventFilter(query: Static<TObject<typeof EVENT_FILTER>>): EventFilter {
  const { channel, tag, event_types: eventTypes, before: until, after: since } = query;
  return {
    ...(channel === undefined ? undefined : { channel }),
    ...(tag === undefined ? undefined : { tag }),
    ...(eventTypes === undefined ? undefined : { eventTypes }),
    ...(until === undefined ? undefined : { until }),
    ...(since === undefined ? undefined : { since }),
  };
}
