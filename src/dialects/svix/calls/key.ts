/** Keys of an app. Svix has no counterpart for these calls. */
import Type from "typebox";
import type { Key } from "../../../operations/context.ts";
import { createKey, KEY_KINDS, revokeKey } from "../../../operations/keys/create-key.ts";
import { listKeys } from "../../../operations/keys/list-keys.ts";
import type { Call } from "../../call.ts";
import { defineCall } from "../call.ts";
import { asAppCaller } from "../caller.ts";
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
  toPageAnswer,
} from "./document-fields.ts";
import { isoTime, sendAll } from "./paging.ts";

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
const EXAMPLE = {
  id: EXAMPLE_KEY_ID,
  kind: "publish",
  scopes: ["publish"],
  createdAt: EXAMPLE_TIME,
};
const all = { tag: "Key", path: "/api/v1/app/:app/key" } as const;

/** Only the operator creates keys. A key that could create others could never be withdrawn. */
export const KEY_CALLS: readonly Call[] = [
  defineCall({
    ...all,
    id: "listKeys",
    portal: null,
    operator: "viewer",
    summary: "List keys",
    description:
      "Returns the keys that are not revoked, without their secrets. Requires the admin token.",
    method: "GET",
    access: asAppCaller("operator"),
    answers: toPageAnswer("All keys that are not revoked.", "Keys", {
      schema: key,
      example: EXAMPLE,
    }),
    refusals: READING,
    async handle({ context, appRef, reply }) {
      const items = await listKeys(context, appRef);
      return sendAll(reply, items, { id: ({ id }) => id, out: keyOut });
    },
  }),
  defineCall({
    ...all,
    id: "createKey",
    portal: null,
    operator: "admin",
    summary: "Create a key",
    description: "The answer is the only place that shows the secret. Requires the admin token.",
    method: "POST",
    access: asAppCaller("operator"),
    idempotent: true,
    creates: true,
    body: keyIn,
    example: { body: { kind: "publish" } },
    answers: {
      201: answer("The key was created.", newKey, { ...EXAMPLE, key: "sk_live_publish_…" }),
    },
    refusals: MAKING,
    async handle({ context, appRef, body: { kind }, idempotencyKey }) {
      const made = await createKey(context, { appRef, kind, idempotencyKey: idempotencyKey() });
      const secret = made.key.keyId === null ? { key: made.secret } : { keySecret: made.secret };
      return { ...keyOut(made.key), ...secret };
    },
  }),
  defineCall({
    ...all,
    id: "revokeKey",
    portal: null,
    operator: "admin",
    summary: "Revoke a key",
    description: "After the answer, every call with the key is refused. Requires the admin token.",
    method: "DELETE",
    path: `${all.path}/:key`,
    access: asAppCaller("operator"),
    answers: NOTHING,
    refusals: READING,
    handle: ({ context, appRef, params }) => revokeKey(context, { appRef, keyId: params.key }),
  }),
];

function keyOut({ id, kind, scopes, keyId, createdAt }: Key): object {
  return {
    id,
    kind,
    scopes,
    ...(keyId === null ? undefined : { keyId }),
    createdAt: isoTime(createdAt),
  };
}
