/**
 * Schemas of the requests and answers of the webhook calls, used for validation and for the documents.
 * Descriptions of request fields are noun phrases, because refusals end with them.
 */
import Type from "typebox";
import { LINE_FORMS, LINE_PATTERN } from "../../../core/messages/address.ts";
import {
  DOCUMENTED_TYPES,
  KNOWN_TYPES,
  MOST_UNKNOWN_TYPES,
  NEWER_TYPES,
} from "../webhooks/webhook-types.ts";
import type { KnownType } from "../webhooks/webhook-types.ts";

/** The limit of an account. */
const MOST_WEBHOOKS = 1_000;
const MOST_NUMBERS = 1_000;

const MEANINGS: Readonly<Record<KnownType, string>> = {
  call_log: "a list of webhooks for call log events",
  contact_created: "a list of webhooks for contact created events",
  line_assigned: "a list of webhooks for line assigned events",
  line_blocked: "a list of webhooks for line blocked events",
  outbound: "a list of webhooks for status updates of outbound messages",
  receive: "a list of webhooks for inbound messages",
  typing_indicator: "a list of webhooks for typing indicator events",
  inbound_call: "a list of webhooks for inbound call events; they are stored, but none is sent",
  contact_profile:
    "a list of webhooks for contact profile events; they are stored, but none is sent",
};

const url = Type.String({
  description: "the absolute https URL to which webhooks are posted (http becomes https)",
  examples: ["https://example.com/webhook"],
});

const secret = Type.String({
  description:
    "the secret that is sent in clear text in the header sb-signing-secret, instead of the global secret: " +
    'printable ASCII, at most 4096 characters, "" for none',
});

const globalSecret = Type.String({
  description:
    "the secret of every webhook without its own secret, sent in clear text in the header " +
    'sb-signing-secret: printable ASCII, at most 4096 characters, "" for none',
});

const configuration = Type.Object({
  url,
  secret: Type.Optional(secret),
  sendblue_numbers: Type.Optional(
    Type.Array(Type.String({ pattern: LINE_PATTERN, maxLength: 16, description: LINE_FORMS }), {
      minItems: 1,
      maxItems: MOST_NUMBERS,
      description:
        "a list of at least one of your lines; only messages that they receive are delivered",
    }),
  ),
});

const entry = Type.Union([url, configuration], {
  description: "a URL, or an object with url and optionally secret and sendblue_numbers",
});

function entries(description: string) {
  return Type.Array(entry, { maxItems: MOST_WEBHOOKS, description });
}

type EntryList = ReturnType<typeof entries>;
type OptionalList = ReturnType<typeof Type.Optional<EntryList>>;

const unknownType = entries(
  `a list of webhooks of an unknown type; at most ${MOST_UNKNOWN_TYPES} unknown types ` +
    "are stored, but their webhooks are not sent",
);

const type = Type.Optional(
  Type.String({
    description: `the type of the webhooks (default: receive). The types are ${KNOWN_TYPES.join(", ")}; webhooks of another type are stored, but not sent`,
    examples: ["receive"],
  }),
);

export const ADD_BODY = Type.Object({
  webhooks: entries("a list of URLs, or of objects with url, secret and sendblue_numbers"),
  type,
  globalSecret: Type.Optional(globalSecret),
});

export const REPLACE_BODY = Type.Object({
  webhooks: Type.Object(
    { ...optionalLists(KNOWN_TYPES), globalSecret: Type.Optional(globalSecret) },
    {
      description: "an object with a list of webhooks for each type",
      additionalProperties: unknownType,
    },
  ),
});

export const REMOVE_BODY = Type.Object({
  webhooks: entries("a list of the URLs to remove"),
  type,
});

/** Query parameters of a DELETE whose body was lost in transit. */
export const REMOVE_QUERY = Type.Object({
  webhooks: Type.Optional(
    Type.Array(Type.String(), {
      description: "the URLs to remove, each as a parameter of this name",
    }),
  ),
  type,
});

const status = Type.Literal("OK");

const shownWebhooks = Type.Object(
  {
    ...lists(DOCUMENTED_TYPES),
    ...optionalLists(NEWER_TYPES),
    globalSecret: Type.Optional(globalSecret),
  },
  {
    description: "every webhook of the account; other types appear only when they have webhooks",
    additionalProperties: unknownType,
  },
);

export const LIST_ANSWER = Type.Object({ status, webhooks: shownWebhooks });

export const CHANGE_ANSWER = Type.Object({
  status,
  message: Type.String(),
  webhooks: shownWebhooks,
});

export const REMOVE_ANSWER = Type.Object({ status, message: Type.String() });

export const REFUSAL = Type.Object({
  status: Type.Literal("ERROR"),
  message: Type.String({ description: "the reason, with the field and its allowed values" }),
});

function lists(types: readonly KnownType[]): Record<string, EntryList> {
  return Object.fromEntries(types.map((name) => [name, entries(MEANINGS[name])]));
}

function optionalLists(types: readonly KnownType[]): Record<string, OptionalList> {
  return Object.fromEntries(types.map((name) => [name, Type.Optional(entries(MEANINGS[name]))]));
}
