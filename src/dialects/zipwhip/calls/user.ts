/** Login, logout, and the user of a line. An unescaped `+` in a number is restored. */
import Type from "typebox";
import type { Static } from "typebox";
import { refuseField } from "../../../core/error.ts";
import { createLineLogin, logoutLine } from "../../../operations/lines/login-line.ts";
import type { Call } from "../../call.ts";
import { sessionMissing } from "../caller.ts";
import { readLine } from "../../../operations/lines/read-line.ts";
import type { RegisteredLine } from "../../../operations/context.ts";
import { GENERATIONS } from "../webhooks/generation.ts";
import { ANY_CALL, answers, lineCall, SESSION, success } from "./line-call.ts";
import { parameterReader, repairedNumber } from "./read-parameters.ts";

export const LOGIN_PATH = "/user/login";
/** Size of a username and a password of 256 characters each, with every character escaped. */
const LOGIN_LIMIT_BYTES = 4 * 1024;

/** The limit of usernames at registration. */
const username = Type.String({
  minLength: 1,
  maxLength: 256,
  description: "the username of the line; a number may be written 2065550188 or +12065550188",
});

/** Either of the two names of the username is required. */
const LOGIN = Type.Object({
  username: Type.Optional(username),
  mobileNumber: Type.Optional(username),
  password: Type.String({
    minLength: 1,
    maxLength: 256,
    description: "the password of the line, a text of 1 to 256 characters",
  }),
});

const LOGOUT = Type.Object({});
const GET_USER = Type.Object({});

const text = Type.String();
const empty = Type.Literal("", { description: "Hookline does not know it." });
/** The keys that Zipwhip's clients read. */
const USER = Type.Object({
  firstName: Type.String({ description: "The name of the line; empty if it has none." }),
  lastName: empty,
  fullName: Type.String({ description: "The same as `firstName`." }),
  businessName: Type.Null(),
  mobileNumber: Type.String({ description: "The number of the line." }),
  websiteDeviceId: Type.Integer({ description: "The line." }),
  email: empty,
  carrier: empty,
  phoneKey: empty,
  zipcode: empty,
  loc: empty,
  notes: empty,
  birthday: empty,
  dateCreated: Type.String({ description: "When the line was registered." }),
  lastUpdated: text,
});

const EXAMPLE_LINE = {
  name: "Front desk",
  number: "+12068163958",
  deviceId: 377265507,
  payloadGeneration: "2020",
  createdAt: Date.UTC(2020, 10, 13, 17, 1, 17),
} as const;

const readLogin = parameterReader(LOGIN);
const readLogout = parameterReader(LOGOUT);

const EXAMPLE_SESSION = "3d0f1dde-aaff-4ce8-b61a-af212a860abc:123456789";

export const USER_CALLS: readonly Call[] = [
  {
    ...ANY_CALL,
    id: "login",
    tag: "User",
    bodyLimit: LOGIN_LIMIT_BYTES,
    path: LOGIN_PATH,
    summary: "Get a session for a line",
    description:
      "The session never expires; keep it. All sessions of a line are valid at the same time. " +
      "`mobileNumber` is the older name of `username`. A refused login is always 401, or 503 while " +
      "the server is overloaded. Its body is like that of any other refusal.",
    security: [],
    fields: LOGIN,
    example: { fields: { username: "+12065550188", password: "secret" } },
    refusals: ["invalid_field", "unauthenticated", "rate_limited"],
    answers: answers(Type.String({ description: "the session" }), {
      success: true,
      response: EXAMPLE_SESSION,
    }),
    createHandler: (context) => {
      const login = createLineLogin(context);
      return async (request) => {
        const fields = (await readLogin(request)).check();
        const { password } = fields;
        const { source } = request;
        return success(await login({ username: toUsername(fields), password, source }));
      };
    },
  },
  {
    ...ANY_CALL,
    id: "logout",
    tag: "User",
    path: "/user/logout",
    summary: "End the session",
    security: SESSION,
    fields: LOGOUT,
    refusals: ["invalid_field"],
    answers: answers(Type.Boolean(), { success: true, response: true }),
    createHandler: (context) => async (request) => {
      const { session } = await readLogout(request);
      if (session === null) throw sessionMissing();
      await logoutLine(context, session);
      return success(true);
    },
  },
  lineCall(
    {
      id: "getUser",
      tag: "User",
      path: "/user/get",
      summary: "Show the user of the session",
      description: "The user is the line; its name is the one that it was registered with.",
      fields: GET_USER,
      refusals: [],
      answers: answers(Type.Object({ user: USER }), {
        success: true,
        response: { user: toUser(EXAMPLE_LINE) },
      }),
    },
    async (context, { caller }) => {
      const line = await readLine(context, { appRef: caller.appRef, ref: caller.line });
      return success({ user: toUser(line) });
    },
  ),
];

function toUser(line: Pick<RegisteredLine, keyof typeof EXAMPLE_LINE>): Static<typeof USER> {
  const { address, time } = GENERATIONS[line.payloadGeneration];
  const name = line.name?.toWellFormed() ?? "";
  const at = time(line.createdAt);
  return {
    firstName: name,
    lastName: "",
    fullName: name,
    businessName: null,
    mobileNumber: address(line.number),
    websiteDeviceId: line.deviceId,
    email: "",
    carrier: "",
    phoneKey: "",
    zipcode: "",
    loc: "",
    notes: "",
    birthday: "",
    dateCreated: at,
    lastUpdated: at,
  };
}

function toUsername({ username, mobileNumber }: Static<typeof LOGIN>): string {
  const given = username ?? mobileNumber;
  if (given === undefined) {
    throw refuseField("invalid_field", ["username"], "username is missing.");
  }
  if (mobileNumber !== undefined && mobileNumber !== given) {
    const message =
      "username and mobileNumber are two names of one parameter, but their values differ; give one of them.";
    throw refuseField("invalid_field", ["mobileNumber"], message);
  }
  return repairedNumber(given);
}
