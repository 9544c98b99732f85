/** The operator's call that rotates the encryption key. It is repeated until it answers `done`. */
import Type from "typebox";
import { rotateEncryptionKey } from "../../../operations/encryption/rotate-encryption-key.ts";
import type { Call } from "../../call.ts";
import { defineCall } from "../call.ts";
import { asOperator } from "../caller.ts";
import { answer, body, flag, shown } from "./document-fields.ts";

const rotationIn = body("RekeyIn", {
  newKey: Type.Optional(
    flag(
      "Generates a new key, if the key is in a file beside the store. Send it with the first call only. It is refused when HOOKLINE_SECRET_KEY sets the key.",
    ),
  ),
});
const rotationOut = shown("Rekeyed", {
  key: Type.String({ description: "The fingerprint of the current key." }),
  done: flag(
    "True when every value is encrypted with the current key; the previous key is then no longer accepted.",
  ),
  resealed: Type.Integer({ description: "Number of values that this call re-encrypted." }),
  left: Type.Integer({
    description: "Number of values that are still encrypted with the previous key.",
  }),
});

export const REKEY_CALLS: readonly Call[] = [
  defineCall({
    tag: "Server",
    id: "rekey",
    portal: null,
    operator: "admin",
    summary: "Re-encrypt a part of the store with the new key",
    description:
      "Repeat the call until `done` is true, as `npx hookline rekey` does. Requires the admin token.",
    method: "POST",
    path: "/api/v1/rekey",
    access: asOperator,
    body: rotationIn,
    bodyIsOptional: true,
    example: { body: { newKey: false } },
    answers: {
      200: answer("The progress of the rotation.", rotationOut, {
        key: "7fae92a03728e0e8137ac2769fe0113d",
        done: false,
        resealed: 250,
        left: 1750,
      }),
    },
    refusals: ["invalid_field", "unknown_field", "conflict"],
    async handle({ context, body: { newKey = false } }) {
      const { reencrypted, ...rest } = await rotateEncryptionKey(context, { newKey });
      // The name of the field is older than the word in the code.
      return { ...rest, resealed: reencrypted };
    },
  }),
];
