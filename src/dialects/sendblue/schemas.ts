/**
 * What requests to the webhook calls may say and what their answers hold: checked with these, and
 * documented by them. Descriptions of requests are noun phrases, since refusals end with them.
 */
import Type from "typebox";
import { LINE_FORMS, LINE_PATTERN } from "../../core/address.ts";
import { DOCUMENTED_TYPES, KNOWN_TYPES, MOST_UNKNOWN_TYPES, NEWER_TYPES } from "./webhook-types.ts";
import type { KnownType } from "./webhook-types.ts";

/** As many as an account can have. */
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
  inbound_call: "a list of webhooks for inbound call events; kept, none is sent",
  contact_profile: "a list of webhooks for contact profile events; kept, none is sent",
};

const url = Type.String({
  description: "the URL that callbacks are posted to, absolute, https (http becomes https)",
  examples: ["https://example.com/webhook"],
});

const secret = Type.String({
  description:
    "the text sent as it is in the header sb-signing-secret, instead of the global secret: " +
    'printable ASCII, at most 4096 characters, "" for none',
});

const globalSecret = Type.String({
  description:
    "the secret of every webhook that has none of its own, sent as it is in the header " +
    'sb-signing-secret: printable ASCII, at most 4096 characters, "" for none',
});

const configuration = Type.Object({
  url,
  secret: Type.Optional(secret),
  sendblue_numbers: Type.Optional(
    Type.Array(Type.String({ pattern: LINE_PATTERN, maxLength: 16, description: LINE_FORMS }), {
      minItems: 1,
      maxItems: MOST_NUMBERS,
      description: "a list of your lines, 1 or more: only what they receive is delivered",
    }),
  ),
});

const entry = Type.Union([url, configuration], {
  description: "a URL, or an object with url and, if wanted, secret and sendblue_numbers",
});

function entries(description: string) {
  return Type.Array(entry, { maxItems: MOST_WEBHOOKS, description });
}

type EntryList = ReturnType<typeof entries>;
type OptionalList = ReturnType<typeof Type.Optional<EntryList>>;

const unknownType = entries(
  `a list of webhooks of a type that this server does not know, of at most ${MOST_UNKNOWN_TYPES} such ` +
    "types; kept, none is sent",
);

const type = Type.Optional(
  Type.String({
    description: `the type of the webhooks; receive by default. The types are ${KNOWN_TYPES.join(", ")}; another one is kept, and none is sent`,
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
      description: "an object with a list of webhooks under each type",
      additionalProperties: unknownType,
    },
  ),
});

export const REMOVE_BODY = Type.Object({
  webhooks: entries("a list of the URLs to remove"),
  type,
});

/** What may stand in the query of a DELETE whose body was lost on the way. */
export const REMOVE_QUERY = Type.Object({
  webhooks: Type.Optional(
    Type.Array(Type.String(), { description: "the URLs to remove, each under this name" }),
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
    description: "every webhook of the account; other types than these only when they have any",
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
  message: Type.String({ description: "what was wrong, with which field, and what is allowed" }),
});

function lists(types: readonly KnownType[]): Record<string, EntryList> {
  return Object.fromEntries(types.map((name) => [name, entries(MEANINGS[name])]));
}

function optionalLists(types: readonly KnownType[]): Record<string, OptionalList> {
  return Object.fromEntries(types.map((name) => [name, Type.Optional(entries(MEANINGS[name]))]));
}
