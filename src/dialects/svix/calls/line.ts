/** Lines of an app. Svix has no counterpart for these calls. */
import Type from "typebox";
import { isLineNumber, LINE_FORMS, LINE_PATTERN } from "../../../core/messages/address.ts";
import type { RegisteredLine } from "../../../operations/context.ts";
import { listLines } from "../../../operations/lines/list-lines.ts";
import { assignUsername, createLine, deleteLine } from "../../../operations/lines/create-line.ts";
import { personal } from "../personal.ts";
import { refine } from "../../request-schema.ts";
import type { Call } from "../../call.ts";
import { defineCall } from "../call.ts";
import { asAppCaller } from "../caller.ts";
import {
  answer,
  body,
  EXAMPLE_NUMBER,
  EXAMPLE_TIME,
  instant,
  MAKING,
  NOTHING,
  nullable,
  READING,
  shown,
  text,
  toPageAnswer,
} from "./document-fields.ts";
import { PASSWORD, USERNAME } from "./line-credentials.ts";
import { isoTime, sendAll } from "./paging.ts";

const generation = Type.Enum(["2020", "2015"], {
  description: "Payload generation of Zipwhip webhooks for this line (default: 2020).",
});
const lineIn = body("LineIn", {
  number: refine(
    Type.String({ maxLength: 16, pattern: LINE_PATTERN, description: LINE_FORMS }),
    isLineNumber,
    `must be ${LINE_FORMS}`,
  ),
  username: text(
    USERNAME,
    "For Zipwhip's `user/login`; unique on the server. A phone number is stored in E.164.",
  ),
  password: text(PASSWORD, "The password is never shown."),
  name: Type.Optional(nullable(text({ min: 1, max: 256 }, "A name for the line."))),
  payloadGeneration: Type.Optional(nullable(generation)),
});
const usernameIn = body("LineUsernameIn", {
  username: text(USERNAME, "The new username of the line."),
});
const line = shown("Line", {
  id: Type.String(),
  number: personal("number", Type.String()),
  deviceId: Type.Integer({ description: "The number of the line in Zipwhip's payloads." }),
  name: nullable(Type.String()),
  username: personal("number", Type.String()),
  payloadGeneration: Type.Enum(["2020", "2015"]),
  createdAt: instant("When it was made."),
});
const EXAMPLE = {
  id: "line_2srOrx2ZWZBpBUvZwXKQmoEYga5",
  number: EXAMPLE_NUMBER,
  deviceId: 314159265,
  name: "Front desk",
  username: "frontdesk",
  payloadGeneration: "2020",
  createdAt: EXAMPLE_TIME,
};
const all = { tag: "Line", path: "/api/v1/app/:app/line" } as const;

export const LINE_CALLS: readonly Call[] = [
  defineCall({
    ...all,
    id: "listLines",
    portal: "ViewBase",
    operator: "viewer",
    summary: "List lines",
    method: "GET",
    access: asAppCaller("manage"),
    answers: toPageAnswer("All lines of the application.", "Lines", {
      schema: line,
      example: EXAMPLE,
    }),
    refusals: READING,
    async handle({ context, appRef, reply }) {
      const items = await listLines(context, appRef);
      return sendAll(reply, items, { id: ({ id }) => id, out: lineOut });
    },
  }),
  defineCall({
    ...all,
    id: "createLine",
    portal: null,
    operator: "operator",
    summary: "Register a line",
    description:
      "A line is a text-enabled number. Only Zipwhip's API needs lines to be registered.",
    method: "POST",
    access: asAppCaller("manage"),
    idempotent: true,
    creates: true,
    body: lineIn,
    example: {
      body: { number: EXAMPLE.number, username: EXAMPLE.username, password: "correct horse" },
    },
    answers: { 201: answer("The line was registered.", line, EXAMPLE) },
    refusals: MAKING,
    async handle({ context, appRef, body: given, idempotencyKey }) {
      const made = await createLine(context, {
        ...given,
        appRef,
        name: given.name ?? null,
        payloadGeneration: given.payloadGeneration ?? "2020",
        idempotencyKey: idempotencyKey(),
      });
      return lineOut(made);
    },
  }),
  defineCall({
    ...all,
    id: "assignLineUsername",
    portal: null,
    operator: "operator",
    summary: "Assign a username to a line",
    description:
      "If a line of any application has the username, that line's id becomes its username, and its " +
      "sessions stay valid. Requires the admin token.",
    method: "PUT",
    path: `${all.path}/:line/username`,
    access: asAppCaller("operator"),
    body: usernameIn,
    example: { body: { username: EXAMPLE.username } },
    answers: { 200: answer("The line has the username.", line, EXAMPLE) },
    refusals: MAKING,
    async handle({ context, appRef, params: { line: ref }, body: { username } }) {
      return lineOut(await assignUsername(context, { appRef, ref, username }));
    },
  }),
  defineCall({
    ...all,
    id: "deleteLine",
    portal: null,
    operator: "operator",
    summary: "Delete a line",
    method: "DELETE",
    path: `${all.path}/:line`,
    access: asAppCaller("manage"),
    answers: NOTHING,
    refusals: READING,
    handle: ({ context, appRef, params }) => deleteLine(context, { appRef, ref: params.line }),
  }),
];

function lineOut(line: RegisteredLine): object {
  const { id, number, deviceId, name, username, payloadGeneration, createdAt } = line;
  return { id, number, deviceId, name, username, payloadGeneration, createdAt: isoTime(createdAt) };
}
