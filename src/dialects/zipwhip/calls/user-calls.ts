/** Login and logout, as data. */
import Type from "typebox";
import type { ApiCall } from "../../api-document.ts";
import { answers, METHODS, SESSION } from "./answer.ts";

export const LOGIN_PATH = "/user/login";

/** The limit of usernames at registration. */
const username = Type.String({
  minLength: 1,
  maxLength: 256,
  description: "the username of the line; a number may be written 2065550188 or +12065550188",
});

/** Either of the two names of the username is required. */
export const LOGIN = Type.Object({
  username: Type.Optional(username),
  mobileNumber: Type.Optional(username),
  password: Type.String({
    minLength: 1,
    maxLength: 256,
    description: "the password of the line, a text of 1 to 256 characters",
  }),
});

export const LOGOUT = Type.Object({});

const EXAMPLE_SESSION = "3d0f1dde-aaff-4ce8-b61a-af212a860abc:123456789";

export const USER_CALLS: readonly ApiCall[] = [
  {
    id: "login",
    tag: "User",
    methods: METHODS,
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
  },
  {
    id: "logout",
    tag: "User",
    methods: METHODS,
    path: "/user/logout",
    summary: "End the session",
    security: SESSION,
    fields: LOGOUT,
    refusals: ["invalid_field"],
    answers: answers(Type.Boolean(), { success: true, response: true }),
  },
];
