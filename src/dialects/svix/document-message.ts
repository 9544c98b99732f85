/** The document's calls on messages: Svix's word for events. */
import Type from "typebox";
import type { ErrorCode } from "../../core/error.ts";
import type { ApiCall } from "../api-document.ts";
import { MEDIA_TYPES } from "./batch.ts";
import { applicationIn } from "./document-application.ts";
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
  eventType: text(NAME_RULES, "A canonical type, or any other; see the event types."),
  payload: Type.Object({}, { description: "Delivered byte for byte as it stands here." }),
  eventId: Type.Optional(nullable(text(EVENT_ID, "Your own id of it; a repeat is refused."))),
  channels: Type.Optional(
    nullable(texts(CHANNELS, "Only endpoints with one of these, or without channels.")),
  ),
  tags: Type.Optional(nullable(texts(TAGS, "For endpoints that ask for them, and for searching."))),
  orderingKey: Type.Optional(
    nullable(text(ORDERING_KEY, "Messages of one key reach an endpoint one after the other.")),
  ),
  deliverAt: Type.Optional(
    nullable(instant("First attempt no sooner; one minute to 24 hours from now.")),
  ),
  payloadRetentionPeriod: Type.Optional(
    nullable(
      Type.Integer({
        ...range(RETENTION_DAYS),
        description: "Days to keep the payload, at most as long as the server keeps it.",
      }),
    ),
  ),
  payloadRetentionHours: Type.Optional(
    nullable(Type.Integer({ ...range(RETENTION_HOURS), description: "The same in hours." })),
  ),
  derive: Type.Optional(flag("False: make no other events of it.")),
  historical: Type.Optional(flag("True: an import of the past.")),
  occurredAt: Type.Optional(nullable(instant("When it happened, if the payload does not say."))),
  transformationsParams: Type.Optional(
    nullable(
      Type.Object(
        {
          rawPayload: Type.Optional(Type.String({ description: "The body, with payload {}." })),
          headers: Type.Optional(
            Type.Object(
              { "content-type": Type.Optional(text(CONTENT_TYPE, "Of rawPayload.")) },
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

/** What is shown of a message wherever one is. */
export const messageFacts = {
  id: Type.String(),
  eventId: nullable(Type.String()),
  eventType: Type.String(),
  channels: nullable(Type.Array(Type.String())),
  tags: nullable(Type.Array(Type.String())),
  timestamp: instant("When it was accepted."),
  deliverAt: nullable(Type.String({ format: "date-time" })),
  orderingKey: Type.Optional(Type.String()),
  payload: Type.Unknown({
    description: 'As it was published; `{"expired":true}` once it is gone; `{}` without content.',
  }),
};
export const message = shown("Message", messageFacts);
const oneMessage = shown("MessageWithReason", {
  ...messageFacts,
  undelivered: Type.Optional(
    Type.String({ description: "Why it had no delivery; left out when it has one." }),
  ),
});
const batchMessage = shown("BatchMessage", {
  ...messageFacts,
  deliveries: Type.Integer({ minimum: 0, description: "Made of it by this call." }),
  duplicate: Type.Optional(flag("True of a message whose eventId was published before.")),
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

/** The filters that lists of messages and of attempts have in common. */
export const EVENT_FILTER = {
  channel: Type.Optional(Type.String({ description: "Only with this channel." })),
  tag: Type.Optional(Type.String({ description: "Only with this tag." })),
  event_types: Type.Optional(
    Type.Array(Type.String(), { description: "Only of these types; several, or with commas." }),
  ),
  before: Type.Optional(instant("Only before this time.")),
  after: Type.Optional(instant("Only from this time on.")),
};
const withContent = Type.Optional(flag("Whether payloads are shown."));

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
      "The answer means that the message and its deliveries are durable. Its header `hookline-deliveries` counts them; GET says why there are none.",
    methods: ["POST"],
    path: PATH,
    params: params("app"),
    headers: ONCE,
    query: Type.Object({ with_content: withContent }),
    body: { schema: messageIn, ...JSON_BODY },
    example: { params: { app: EXAMPLE_APP }, body: EXAMPLE_IN },
    answers: { 202: answer("It is accepted.", message, EXAMPLE_MESSAGE_OUT) },
    refusals: PUBLISHING,
  },
  {
    ...shared,
    id: "listMessages",
    summary: "List messages",
    description: "Newest first.",
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
    description: `All or nothing: a JSON array of 1 to ${MOST_EVENTS}, or a line of JSON for each.`,
    methods: ["POST"],
    path: `${PATH}/batch`,
    params: params("app"),
    headers: ONCE,
    query: Type.Object({
      onDuplicate: Type.Optional(
        Type.Enum(["refuse", "skip"], {
          description: "A known eventId refuses the batch, or is left out of it; refuse.",
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
        "All are accepted, in their order.",
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
    summary: "Take away the content of a message",
    description: "What is still owed of it fails.",
    methods: ["DELETE"],
    path: `${PATH}/:msg/content`,
    params: params("app", "msg"),
    example: { params: EXAMPLE_PARAMS },
    answers: NOTHING,
    refusals: READING,
  },
];
