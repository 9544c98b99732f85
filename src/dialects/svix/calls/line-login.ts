/** Logins of a line, for several users of Zipwhip's API. Svix has no counterpart for these calls. */
import Type from "typebox";
import {
  addLogin,
  deleteLogin,
  listLogins,
  type ShownLogin,
} from "../../../operations/lines/line-logins.ts";
import type { Call } from "../../call.ts";
import { defineCall } from "../call.ts";
import { asAppCaller } from "../caller.ts";
import {
  answer,
  body,
  EXAMPLE_LOGIN,
  EXAMPLE_TIME,
  instant,
  MAKING,
  NOTHING,
  READING,
  shown,
  text,
  toPageAnswer,
} from "./document-fields.ts";
import { personal } from "../personal.ts";
import { PASSWORD, USERNAME } from "./line-credentials.ts";
import { isoTime, sendAll } from "./paging.ts";

const loginIn = body("LineLoginIn", {
  username: text(USERNAME, "Unique on the server. A phone number is stored in E.164."),
  password: text(PASSWORD, "The password is never shown."),
});
const login = shown("LineLogin", {
  id: Type.String({ description: "The first login has the id of the line." }),
  username: personal("number", Type.String()),
  createdAt: instant("When it was made."),
});
const EXAMPLE = {
  id: EXAMPLE_LOGIN,
  username: "ada@example.com",
  createdAt: EXAMPLE_TIME,
};
const all = { tag: "Line", path: "/api/v1/app/:app/line/:line/login" } as const;

export const LINE_LOGIN_CALLS: readonly Call[] = [
  defineCall({
    ...all,
    id: "listLineLogins",
    summary: "List the logins of a line",
    description: "The first login, which the line was registered with, is the first item.",
    method: "GET",
    portal: null,
    operator: "viewer",
    access: asAppCaller("manage"),
    answers: toPageAnswer("All logins of the line.", "LineLogins", {
      schema: login,
      example: EXAMPLE,
    }),
    refusals: READING,
    async handle({ context, appRef, params, reply }) {
      const items = await listLogins(context, { appRef, ref: params.line });
      return sendAll(reply, items, { id: ({ id }) => id, out: loginOut });
    },
  }),
  defineCall({
    ...all,
    id: "createLineLogin",
    summary: "Add a login to a line",
    description:
      "Each login has its own password and sessions. All sessions of a line see the same messages " +
      "and webhooks.",
    method: "POST",
    portal: null,
    operator: "operator",
    access: asAppCaller("manage"),
    idempotent: true,
    creates: true,
    body: loginIn,
    example: { body: { username: EXAMPLE.username, password: "correct horse" } },
    answers: { 201: answer("The login was added.", login, EXAMPLE) },
    refusals: [...MAKING, "limit_reached"],
    async handle({ context, appRef, params, body: given, idempotencyKey }) {
      const made = await addLogin(context, {
        ...given,
        appRef,
        ref: params.line,
        idempotencyKey: idempotencyKey(),
      });
      return loginOut(made);
    },
  }),
  defineCall({
    ...all,
    id: "deleteLineLogin",
    summary: "Delete a login of a line",
    description:
      "Its sessions end with it, and those of other logins stay. The first login ends with the line.",
    method: "DELETE",
    path: `${all.path}/:login`,
    portal: null,
    operator: "operator",
    access: asAppCaller("manage"),
    answers: NOTHING,
    refusals: READING,
    handle: ({ context, appRef, params }) =>
      deleteLogin(context, { appRef, ref: params.line, loginId: params.login }),
  }),
];

function loginOut({ id, username, createdAt }: ShownLogin): object {
  return { id, username, createdAt: isoTime(createdAt) };
}
