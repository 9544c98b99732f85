/** Keys of the people who operate the server. Svix has no counterpart for these calls. */
import Type from "typebox";
import { OPERATOR_ROLES } from "../../../core/operator-role.ts";
import type { OperatorKey } from "../../../operations/context.ts";
import {
  createOperatorKey,
  deleteOperatorKey,
  listOperatorKeys,
} from "../../../operations/keys/operator-keys.ts";
import type { Call } from "../../call.ts";
import { defineCall } from "../call.ts";
import { asOperator } from "../caller.ts";
import {
  answer,
  body,
  EXAMPLE_KEY_ID,
  EXAMPLE_TIME,
  instant,
  MAKING,
  NOTHING,
  READING,
  shown,
  text,
  toPageAnswer,
} from "./document-fields.ts";
import { isoTime, sendAll } from "./paging.ts";

const fields = {
  name: text({ min: 1, max: 100 }, "The person or the program that has the key."),
  role: Type.Enum([...OPERATOR_ROLES], {
    description:
      "`admin` may do everything. `operator` may not make credentials, see secrets, delete applications or change the encryption key. `viewer` may only read: numbers are masked, and texts and payloads are hidden.",
  }),
};
const operatorKeyIn = body("OperatorKeyIn", fields);
const shownFields = { id: Type.String(), ...fields, createdAt: instant("When it was made.") };
const operatorKey = shown("OperatorKey", shownFields);
const newOperatorKey = shown("NewOperatorKey", {
  ...shownFields,
  key: Type.String({ description: "The bearer token. It is shown only once." }),
});
const EXAMPLE_IN = { name: "Ada", role: "operator" };
const EXAMPLE = {
  id: EXAMPLE_KEY_ID.replace("key_", "opkey_"),
  ...EXAMPLE_IN,
  createdAt: EXAMPLE_TIME,
};
const all = {
  tag: "Operator key",
  path: "/api/v1/operator-key",
  portal: null,
  access: asOperator,
} as const;

export const OPERATOR_KEY_CALLS: readonly Call[] = [
  defineCall({
    ...all,
    id: "listOperatorKeys",
    operator: "operator",
    summary: "List operator keys",
    description: "Returns all keys, newest first, without their secrets.",
    method: "GET",
    answers: toPageAnswer("All keys.", "OperatorKeys", { schema: operatorKey, example: EXAMPLE }),
    refusals: [],
    async handle({ context, reply }) {
      const items = await listOperatorKeys(context);
      return sendAll(reply, items, { id: ({ id }) => id, out: operatorKeyOut });
    },
  }),
  defineCall({
    ...all,
    id: "createOperatorKey",
    operator: "admin",
    summary: "Create an operator key",
    description: "The answer is the only place that shows the key.",
    method: "POST",
    creates: true,
    body: operatorKeyIn,
    example: { body: EXAMPLE_IN },
    answers: {
      201: answer("The key was created.", newOperatorKey, { ...EXAMPLE, key: "hk_op_…" }),
    },
    refusals: [...MAKING, "limit_reached"],
    async handle({ context, body: given }) {
      const { key, secret } = await createOperatorKey(context, given);
      return { ...operatorKeyOut(key), key: secret };
    },
  }),
  defineCall({
    ...all,
    id: "deleteOperatorKey",
    operator: "admin",
    summary: "Delete an operator key",
    description: "After the answer, every call with the key is refused.",
    method: "DELETE",
    path: `${all.path}/:key`,
    answers: NOTHING,
    refusals: READING,
    handle: ({ context, params }) => deleteOperatorKey(context, params.key),
  }),
];

function operatorKeyOut({ id, name, role, createdAt }: OperatorKey): object {
  return { id, name, role, createdAt: isoTime(createdAt) };
}
