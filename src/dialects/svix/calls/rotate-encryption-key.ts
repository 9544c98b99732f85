/** The operator's call that rotates the encryption key. It is repeated until it answers `done`. */
import type { FastifyInstance } from "fastify";
import type { OperationContext } from "../../../operations/context.ts";
import { rotateEncryptionKey } from "../../../operations/encryption/rotate-encryption-key.ts";
import { optionalJsonBody } from "./json-body.ts";
import { readFields } from "../../read-fields.ts";
import { loadOperator } from "../caller.ts";
import { readQuery } from "./query.ts";

export function mountRotateEncryptionKey(scope: FastifyInstance, context: OperationContext): void {
  scope.post("/api/v1/rekey", async (request) => {
    await loadOperator(context, request);
    readQuery(request).finish();
    const fields = readFields(optionalJsonBody(request));
    const newKey = fields.flag("newKey") ?? false;
    fields.finish();
    const { reencrypted, ...rest } = await rotateEncryptionKey(context, { newKey });
    // The name of the field is older than the word in the code.
    return { ...rest, resealed: reencrypted };
  });
}
