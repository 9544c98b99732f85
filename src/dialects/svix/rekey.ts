/** The operator's call that changes the sealing key; repeated until it says that it is done. */
import type { FastifyInstance } from "fastify";
import { parseJson } from "../../core/json.ts";
import type { OperationContext } from "../../operations/context.ts";
import { rekeyStore } from "../../operations/rekey-store.ts";
import { bodyText, JSON_TYPES } from "../read-body.ts";
import { readFields } from "../read-fields.ts";
import { operatorOf } from "./caller.ts";
import { readQuery } from "./query.ts";

export function mountRekey(scope: FastifyInstance, context: OperationContext): void {
  scope.post("/api/v1/rekey", async (request) => {
    await operatorOf(context, request);
    readQuery(request).finish();
    const text = bodyText(request, JSON_TYPES);
    const fields = readFields(text === "" ? {} : parseJson(text));
    const newKey = fields.flag("newKey") ?? false;
    fields.finish();
    return rekeyStore(context, { newKey });
  });
}
