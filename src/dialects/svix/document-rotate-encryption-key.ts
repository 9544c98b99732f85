/** The document's call that changes the encryption key. */
import Type from "typebox";
import type { ApiCall } from "../api-document.ts";
import { answer, body, flag, JSON_BODY, shown } from "./document-fields.ts";

const rekeyIn = body("RekeyIn", {
  newKey: Type.Optional(
    flag(
      "Begins with a key made now, where the key lies beside the store; the first call only. Refused where HOOKLINE_SECRET_KEY gives the key.",
    ),
  ),
});
const rekeyOut = shown("Rekeyed", {
  key: Type.String({ description: "The fingerprint of the key that encrypts." }),
  done: flag("Everything is encrypted with it, and the key before it is not accepted any more."),
  reencrypted: Type.Integer({ description: "Values that this call encrypted anew." }),
  left: Type.Integer({ description: "Values that are still encrypted with the key before it." }),
});

export const REKEY_CALLS: readonly ApiCall[] = [
  {
    tag: "Server",
    security: ["bearer"],
    id: "rekey",
    summary: "Encrypt a part of the store with the new key",
    description:
      "To be called until it says `done`; `npx hookline rekey` does. The admin token only.",
    methods: ["POST"],
    path: "/api/v1/rekey",
    body: { schema: rekeyIn, mediaTypes: JSON_BODY.mediaTypes, required: false },
    example: { body: { newKey: false } },
    answers: {
      200: answer("How far it is.", rekeyOut, {
        key: "7fae92a03728e0e8137ac2769fe0113d",
        done: false,
        reencrypted: 250,
        left: 1750,
      }),
    },
    refusals: ["invalid_field", "unknown_field", "conflict"],
  },
];
