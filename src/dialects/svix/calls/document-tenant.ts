/** The document's calls on lines and keys, and on the server's health. */
import Type from "typebox";
import { LINE_FORMS, LINE_PATTERN } from "../../../core/messages/address.ts";
import { KEY_KINDS } from "../../../operations/keys/create-key.ts";
import type { ApiCall } from "../../api-document.ts";
import {
  answer,
  body,
  EXAMPLE_APP,
  EXAMPLE_TIME,
  instant,
  JSON_BODY,
  toListSchema,
  MAKING,
  NOTHING,
  nullable,
  ONCE,
  params,
  READING,
  shown,
  text,
} from "./document-fields.ts";
import { LINE_NAME, NUMBER, PASSWORD, USERNAME } from "./tenant.ts";

const generation = Type.Enum(["2020", "2015"], {
  description: "Payload generation of Zipwhip webhooks for this line (default: 2020).",
});
const lineIn = body("LineIn", {
  number: Type.String({ maxLength: NUMBER.max, pattern: LINE_PATTERN, description: LINE_FORMS }),
  username: text(
    USERNAME,
    "For Zipwhip's `user/login`; unique on the server. A phone number is stored in E.164.",
  ),
  password: text(PASSWORD, "The password is never shown."),
  name: Type.Optional(nullable(text(LINE_NAME, "A name for the line."))),
  payloadGeneration: Type.Optional(nullable(generation)),
});
const usernameIn = body("LineUsernameIn", {
  username: text(USERNAME, "The new username of the line."),
});
const line = shown("Line", {
  id: Type.String(),
  number: Type.String(),
  deviceId: Type.Integer({ description: "The number of the line in Zipwhip's payloads." }),
  name: nullable(Type.String()),
  username: Type.String(),
  payloadGeneration: Type.Enum(["2020", "2015"]),
  createdAt: instant("When it was made."),
});
const keyIn = body("KeyIn", {
  kind: Type.Enum(KEY_KINDS, {
    description:
      "`publish` and `manage` are for this API, `app` for the Chirp API, `sendblue` for the Sendblue API.",
  }),
});
const keyFields = {
  id: Type.String(),
  kind: Type.Enum(KEY_KINDS),
  scopes: Type.Array(Type.String()),
  keyId: Type.Optional(Type.String({ description: "The `sb-api-key-id` of a Sendblue key." })),
  createdAt: instant("When it was made."),
};
const key = shown("Key", keyFields);
const newKey = shown("NewKey", {
  ...keyFields,
  key: Type.Optional(Type.String({ description: "The secret. It is shown only once." })),
  keySecret: Type.Optional(
    Type.String({ description: "The secret of a Sendblue key. It is shown only once." }),
  ),
});

const EXAMPLE_LINE = {
  id: "line_2srOrx2ZWZBpBUvZwXKQmoEYga5",
  number: "+12065550100",
  deviceId: 314159265,
  name: "Front desk",
  username: "frontdesk",
  payloadGeneration: "2020",
  createdAt: EXAMPLE_TIME,
};
const EXAMPLE_KEY = {
  id: "key_2srOrx2ZWZBpBUvZwXKQmoEYga6",
  kind: "publish",
  scopes: ["publish"],
  createdAt: EXAMPLE_TIME,
};

function toPageSchema(item: typeof EXAMPLE_LINE | typeof EXAMPLE_KEY) {
  return { data: [item], iterator: item.id, prevIterator: `-${item.id}`, done: true };
}

const LINES = { tag: "Line", security: ["bearer"], path: "/api/v1/app/:app/line" } as const;
const KEYS = { tag: "Key", security: ["bearer"], path: "/api/v1/app/:app/key" } as const;
const EXAMPLE_PARAMS = { app: EXAMPLE_APP };

export const LINE_CALLS: readonly ApiCall[] = [
  {
    ...LINES,
    id: "listLines",
    summary: "List lines",
    methods: ["GET"],
    params: params("app"),
    example: { params: EXAMPLE_PARAMS },
    answers: {
      200: answer(
        "All lines of the application.",
        toListSchema(line, "Lines"),
        toPageSchema(EXAMPLE_LINE),
      ),
    },
    refusals: READING,
  },
  {
    ...LINES,
    id: "createLine",
    summary: "Register a line",
    description:
      "A line is a text-enabled number. Only Zipwhip's API needs lines to be registered.",
    methods: ["POST"],
    params: params("app"),
    headers: ONCE,
    body: { schema: lineIn, ...JSON_BODY },
    example: {
      params: EXAMPLE_PARAMS,
      body: { number: "+12065550100", username: "frontdesk", password: "correct horse" },
    },
    answers: { 201: answer("The line was registered.", line, EXAMPLE_LINE) },
    refusals: MAKING,
  },
  {
    ...LINES,
    id: "assignLineUsername",
    summary: "Assign a username to a line",
    description:
      "If a line of any application has the username, that line's id becomes its username, and its " +
      "sessions stay valid. Requires the admin token.",
    methods: ["PUT"],
    path: `${LINES.path}/:line/username`,
    params: params("app", "line"),
    body: { schema: usernameIn, ...JSON_BODY },
    example: {
      params: { ...EXAMPLE_PARAMS, line: EXAMPLE_LINE.number },
      body: { username: EXAMPLE_LINE.username },
    },
    answers: { 200: answer("The line has the username.", line, EXAMPLE_LINE) },
    refusals: MAKING,
  },
  {
    ...LINES,
    id: "deleteLine",
    summary: "Delete a line",
    methods: ["DELETE"],
    path: `${LINES.path}/:line`,
    params: params("app", "line"),
    example: { params: { ...EXAMPLE_PARAMS, line: EXAMPLE_LINE.number } },
    answers: NOTHING,
    refusals: READING,
  },
];

export const KEY_CALLS: readonly ApiCall[] = [
  {
    ...KEYS,
    id: "listKeys",
    summary: "List keys",
    description:
      "Returns the keys that are not revoked, without their secrets. Requires the admin token.",
    methods: ["GET"],
    params: params("app"),
    example: { params: EXAMPLE_PARAMS },
    answers: {
      200: answer(
        "All keys that are not revoked.",
        toListSchema(key, "Keys"),
        toPageSchema(EXAMPLE_KEY),
      ),
    },
    refusals: READING,
  },
  {
    ...KEYS,
    id: "createKey",
    summary: "Create a key",
    description: "The answer is the only place that shows the secret. Requires the admin token.",
    methods: ["POST"],
    params: params("app"),
    headers: ONCE,
    body: { schema: keyIn, ...JSON_BODY },
    example: { params: EXAMPLE_PARAMS, body: { kind: "publish" } },
    answers: {
      201: answer("The key was created.", newKey, { ...EXAMPLE_KEY, key: "sk_live_publish_…" }),
    },
    refusals: MAKING,
  },
  {
    ...KEYS,
    id: "revokeKey",
    summary: "Revoke a key",
    description: "After the answer, every call with the key is refused. Requires the admin token.",
    methods: ["DELETE"],
    path: `${KEYS.path}/:key`,
    params: params("app", "key"),
    example: { params: { ...EXAMPLE_PARAMS, key: EXAMPLE_KEY.id } },
    answers: NOTHING,
    refusals: READING,
  },
];

const HEALTH = {
  tag: "Health",
  summary: "Check whether the server accepts events",
  methods: ["GET"],
  security: [],
  answers: NOTHING,
  refusals: [],
} as const;

export const HEALTH_CALLS: readonly ApiCall[] = [
  { ...HEALTH, id: "getHealth", path: "/api/v1/health" },
  { ...HEALTH, id: "getHealthPing", path: "/api/v1/health/ping" },
];
