/** The document's calls on messages, Svix's word for events. */
import Type from "typebox";
import type { ErrorCode } from "../../../core/error.ts";
import type { ApiCall } from "../../api-document.ts";
import { MEDIA_TYPES } from "./batch.ts";
import { applicationIn } from "./application.ts";
import {
  answer,
  body,
  EXAMPLE_APP,
  EXAMPLE_MESSAGE,
  EXAMPLE_TIME,
  flag,
  instant,
  JSON_BODY,
  toListSchema,
  MAKING,
  NOTHING,
  nullable,
  ONCE,
  PAGE,
  params,
  READING,
  shown,
  text,
  texts,
} from "./document-fields.ts";
import {
  CHANNELS,
  CONTENT_TYPE,
  EVENT_ID,
  ORDERING_KEY,
  RETENTION_DAYS,
  RETENTION_HOURS,
  TAGS,
} from "./message-in.ts";
import { NAME_RULES } from "./model-rules.ts";
import { MOST_EVENTS } from "./read-batch.ts";

const range = ({ min, max }: { readonly min: number; readonly max: number }) => ({
  minimum: min,
  maximum: max,
});
const event = {
  eventType: text(NAME_RULES, "A built-in event type, or any other name."),
  payload: Type.Object({}, { description: "The payload, which is delivered byte for byte." }),
  eventId: Type.Optional(nullable(text(EVENT_ID, "Your id of the message; a repeat is refused."))),
  channels: Type.Optional(
    nullable(texts(CHANNELS, "Delivered to endpoints with one of these channels or no channels.")),
  ),
  tags: Type.Optional(
    nullable(texts(TAGS, "Tags by which endpoints can select messages and lists can be filtered.")),
  ),
  orderingKey: Type.Optional(
    nullable(
      text(ORDERING_KEY, "An endpoint receives messages of the same key one after another."),
    ),
  ),
  deliverAt: Type.Optional(
    nullable(instant("Earliest time of the first attempt, one minute to 24 hours from now.")),
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
    nullable(instant("Time of the event, if the payload does not contain it.")),
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
const eventIn = body("EventIn", event);
const messageIn = body("MessageIn", {
  ...event,
  application: Type.Optional(nullable(applicationIn)),
});

/** The fields of a message that every answer shows. */
export const messageFacts = {
  id: Type.String(),
  eventId: nullable(Type.String()),
  eventType: Type.String(),
  channels: nullable(Type.Array(Type.String())),
  tags: nullable(Type.Array(Type.String())),
  timestamp: instant("When the message was accepted."),
  deliverAt: nullable(Type.String({ format: "date-time" })),
  orderingKey: Type.Optional(Type.String()),
  payload: Type.Unknown({
    description:
      'The payload as published; `{"expired":true}` once it has expired; `{}` if content is not requested.',
  }),
};
export const message = shown("Message", messageFacts);
const oneMessage = shown("MessageWithReason", {
  ...messageFacts,
  undelivered: Type.Optional(
    Type.String({ description: "Why the message has no delivery; absent when it has one." }),
  ),
});
const batchMessage = shown("BatchMessage", {
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
const EXAMPLE_IN = { eventType: "message.received", eventId: EXAMPLE_MESSAGE, payload: PAYLOAD };
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
  before: Type.Optional(instant("Selects only items before this time.")),
  after: Type.Optional(instant("Selects only items at or after this time.")),
};
const withContent = Type.Optional(flag("Whether payloads are included."));

const PATH = "/api/v1/app/:app/msg";
const shared = { tag: "Message", security: ["bearer"] } as const;
const EXAMPLE_PARAMS = { app: EXAMPLE_APP, msg: EXAMPLE_MESSAGE };
const PUBLISHING: readonly ErrorCode[] = [
  ...MAKING,
  "unknown_event_type",
  "invalid_payload",
  "unknown_message",
  "rate_limited",
];

export const MESSAGE_CALLS: readonly ApiCall[] = [
  {
    ...shared,
    id: "createMessage",
    summary: "Publish a message",
    description:
      "After the answer, the message and its deliveries are durable. The header `hookline-deliveries` is their number. If it is 0, GET returns the reason.",
    methods: ["POST"],
    path: PATH,
    params: params("app"),
    headers: ONCE,
    query: Type.Object({ with_content: withContent }),
    body: { schema: messageIn, ...JSON_BODY },
    example: { params: { app: EXAMPLE_APP }, body: EXAMPLE_IN },
    answers: { 202: answer("The message is accepted.", message, EXAMPLE_MESSAGE_OUT) },
    refusals: PUBLISHING,
  },
  {
    ...shared,
    id: "listMessages",
    summary: "List messages",
    description: "Returns the newest messages first.",
    methods: ["GET"],
    path: PATH,
    params: params("app"),
    query: Type.Object({ ...PAGE, ...EVENT_FILTER, with_content: withContent }),
    example: { params: { app: EXAMPLE_APP }, query: { event_types: ["message.received"] } },
    answers: {
      200: answer("A page of messages.", toListSchema(message, "Messages"), {
        data: [EXAMPLE_MESSAGE_OUT],
        iterator: EXAMPLE_MESSAGE_OUT.id,
        prevIterator: `-${EXAMPLE_MESSAGE_OUT.id}`,
        done: true,
      }),
    },
    refusals: READING,
  },
  {
    ...shared,
    id: "createMessages",
    summary: "Publish many messages",
    description: `Publishes all messages or none: a JSON array of 1 to ${MOST_EVENTS}, or NDJSON with one message per line.`,
    methods: ["POST"],
    path: `${PATH}/batch`,
    params: params("app"),
    headers: ONCE,
    query: Type.Object({
      onDuplicate: Type.Optional(
        Type.Enum(["refuse", "skip"], {
          description:
            "For an eventId that was published before: refuse the batch, or skip the message (default: refuse).",
        }),
      ),
      with_content: withContent,
    }),
    body: {
      schema: Type.Array(eventIn, { minItems: 1, maxItems: MOST_EVENTS }),
      mediaTypes: MEDIA_TYPES,
      required: true,
    },
    example: {
      params: { app: EXAMPLE_APP },
      query: { onDuplicate: "skip" },
      body: [{ eventType: "order.paid", eventId: "order-7", payload: { total: 4200 } }],
    },
    answers: {
      202: answer(
        "All messages are accepted, in the order of the request.",
        shown("BatchOut", { data: Type.Array(batchMessage) }),
        {
          data: [
            {
              ...EXAMPLE_MESSAGE_OUT,
              eventId: "order-7",
              eventType: "order.paid",
              deliveries: 1,
              payload: {},
            },
          ],
        },
      ),
    },
    refusals: PUBLISHING,
  },
  {
    ...shared,
    id: "getMessage",
    summary: "Get a message",
    methods: ["GET"],
    path: `${PATH}/:msg`,
    params: params("app", "msg"),
    query: Type.Object({ with_content: withContent }),
    example: { params: EXAMPLE_PARAMS },
    answers: { 200: answer("The message.", oneMessage, EXAMPLE_MESSAGE_OUT) },
    refusals: READING,
  },
  {
    ...shared,
    id: "expungeMessage",
    summary: "Delete the content of a message",
    description: "The pending deliveries of the message fail.",
    methods: ["DELETE"],
    path: `${PATH}/:msg/content`,
    params: params("app", "msg"),
    example: { params: EXAMPLE_PARAMS },
    answers: NOTHING,
    refusals: READING,
  },
];
