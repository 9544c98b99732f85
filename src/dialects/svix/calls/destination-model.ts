/** Destinations in Svix's model. The only type here is `pollingEndpoint`: a view of the feed that receivers poll. */
import Type from "typebox";
import type { Static } from "typebox";
import type { Poller } from "../../../operations/context.ts";
import {
  body,
  EXAMPLE_DESTINATION,
  EXAMPLE_TIME,
  instant,
  nullable,
  shown,
  texts,
} from "./document-fields.ts";
import { TYPES } from "./endpoint-model.ts";
import { metadata, toUidSchema } from "./model-fields.ts";
import { CHANNEL_RULES } from "./model-rules.ts";
import { refine } from "../../request-schema.ts";
import { isoTime } from "./paging.ts";

const TYPE = "pollingEndpoint";
/** An empty list selects everything, as null does. */
const CHANNELS = { min: 0, max: 10, item: CHANNEL_RULES } as const;

const type = refine(
  Type.String({ description: `Always \`${TYPE}\`.` }),
  (given: string) => given === TYPE,
  `must be ${TYPE}: other types of destinations are not supported`,
);
const fields = {
  config: Type.Optional(Type.Object({}, { additionalProperties: false })),
  uid: Type.Optional(toUidSchema("poll_")),
  status: Type.Optional(
    Type.Enum(["enabled", "disabled"], { description: "A disabled destination cannot be polled." }),
  ),
  eventTypes: Type.Optional(
    nullable(texts(TYPES, "Event types that a poll returns; null or an empty list means all.")),
  ),
  channels: Type.Optional(
    nullable(texts(CHANNELS, "A poll returns only messages with one of these channels.")),
  ),
  metadata: Type.Optional(metadata),
};
export const destinationIn = body("DestinationIn", { type, ...fields });
export const destinationPatch = body("DestinationPatch", {
  type: Type.Optional(type),
  ...fields,
});

export const destination = shown("Destination", {
  id: Type.String(),
  uid: nullable(Type.String()),
  type: Type.Literal(TYPE),
  config: Type.Object({}),
  status: Type.Enum(["enabled", "disabled"]),
  currentIterator: Type.String({
    description: "The iterator behind the messages that were accepted before the destination.",
  }),
  batchSize: Type.Integer({ description: "Always 0: a poll names its limit." }),
  maxWaitSecs: Type.Integer({ description: "Always 0: nothing is sent." }),
  eventTypes: Type.Array(Type.String()),
  channels: Type.Array(Type.String()),
  metadata: Type.Record(Type.String(), Type.String()),
  failureReason: Type.Null(),
  nextRetryAt: Type.Null(),
  createdAt: instant("When it was made."),
  updatedAt: instant("Time of the last change."),
});

export const EXAMPLE_IN = {
  type: TYPE,
  uid: EXAMPLE_DESTINATION,
  eventTypes: ["message.received"],
} as const;
export const EXAMPLE_ITERATOR = "xkuKTVrRsqD_NBTjoOhaHA";
export const EXAMPLE = {
  ...EXAMPLE_IN,
  id: "poll_2srOrx2ZWZBpBUvZwXKQmoEYga8",
  config: {},
  status: "enabled",
  currentIterator: EXAMPLE_ITERATOR,
  batchSize: 0,
  maxWaitSecs: 0,
  channels: [],
  metadata: {},
  failureReason: null,
  nextRetryAt: null,
  createdAt: EXAMPLE_TIME,
  updatedAt: EXAMPLE_TIME,
};

export type DestinationFields = Pick<
  Poller,
  "uid" | "isEnabled" | "eventTypes" | "channels" | "metadata"
>;

/** Defaults of the fields that a create or a put omits. */
export const DESTINATION_DEFAULTS: DestinationFields = {
  uid: null,
  isEnabled: true,
  eventTypes: null,
  channels: null,
  metadata: {},
};

/** A field that the body omits stays absent. */
export function toDestinationFields(
  given: Static<typeof destinationPatch>,
): Partial<DestinationFields> {
  const { type: _type, config: _config, status, eventTypes, channels, ...rest } = given;
  return {
    ...rest,
    ...(status === undefined ? undefined : { isEnabled: status === "enabled" }),
    ...(eventTypes === undefined ? undefined : { eventTypes: orNull(eventTypes) }),
    ...(channels === undefined ? undefined : { channels: orNull(channels) }),
  };
}

function orNull(list: readonly string[] | null): readonly string[] | null {
  return list?.length === 0 ? null : list;
}

export function destinationOut(poller: Poller) {
  return {
    id: poller.id,
    uid: poller.uid,
    type: TYPE,
    config: {},
    status: poller.isEnabled ? "enabled" : "disabled",
    currentIterator: poller.startCursor,
    batchSize: 0,
    maxWaitSecs: 0,
    eventTypes: poller.eventTypes ?? [],
    channels: poller.channels ?? [],
    metadata: poller.metadata,
    failureReason: null,
    nextRetryAt: null,
    createdAt: isoTime(poller.createdAt),
    updatedAt: isoTime(poller.updatedAt),
  };
}
