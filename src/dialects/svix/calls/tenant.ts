/** Lines and keys of an app: calls that Svix has no counterpart for, in its style. */
import type { FastifyInstance } from "fastify";
import { isLineNumber, LINE_FORMS } from "../../../core/messages/address.ts";
import type { Key, OperationContext, RegisteredLine } from "../../../operations/context.ts";
import { createKey, KEY_KINDS, revokeKey } from "../../../operations/keys/create-key.ts";
import { listKeys } from "../../../operations/keys/list-keys.ts";
import { listLines } from "../../../operations/lines/list-lines.ts";
import { assignUsername, createLine, deleteLine } from "../../../operations/lines/create-line.ts";
import { CREATES } from "../../dialect.ts";
import { jsonBody } from "./json-body.ts";
import { readFields } from "../../read-fields.ts";
import { readIdempotencyKey } from "../../read-idempotency-key.ts";
import { loadAppCall, param } from "../caller.ts";
import { isoTime, sendPage } from "./paging.ts";
import { readQuery } from "./query.ts";

const LINES = "/api/v1/app/:app/line";
const KEYS = "/api/v1/app/:app/key";
export const USERNAME = {
  min: 1,
  max: 128,
  form: /^[^\s\p{Cc}]+$/u,
  meaning: "a text without spaces or control characters",
} as const;
export const NUMBER = { max: 16 } as const;
export const PASSWORD = { min: 1, max: 256 } as const;
export const LINE_NAME = { min: 1, max: 256 } as const;

export function mountLines(scope: FastifyInstance, context: OperationContext): void {
  scope.get(LINES, async (request, reply) => {
    const { appRef } = await loadAppCall(context, request, "manage");
    readQuery(request).finish();
    const items = await listLines(context, appRef);
    return sendPage(
      reply,
      { items, done: true },
      {
        id: (line) => line.id,
        text: (line) => JSON.stringify(lineOut(line)),
      },
    );
  });

  scope.post(LINES, CREATES, async (request, reply) => {
    const { caller, appRef } = await loadAppCall(context, request, "manage");
    readQuery(request).finish();
    const fields = readFields(jsonBody(request).value);
    for (const name of ["number", "username", "password"]) fields.require(name);
    const number = fields.text("number", NUMBER) ?? "";
    if (!isLineNumber(number)) fields.refuse("number", `must be ${LINE_FORMS}`);
    const username = fields.text("username", USERNAME) ?? "";
    const password = fields.text("password", PASSWORD) ?? "";
    const name = fields.text("name", LINE_NAME) ?? null;
    const generation = fields.text("payloadGeneration", {
      form: /^20(20|15)$/,
      meaning: "2020 or 2015",
    });
    fields.finish();
    const payloadGeneration = generation === "2015" ? "2015" : "2020";
    const idempotencyKey = readIdempotencyKey(request, caller, context);
    const line = await createLine(context, {
      appRef,
      number,
      username,
      password,
      name,
      payloadGeneration,
      idempotencyKey,
    });
    return reply.code(201).send(lineOut(line));
  });

  scope.put(`${LINES}/:line/username`, async (request, reply) => {
    const { appRef } = await loadAppCall(context, request, "operator");
    readQuery(request).finish();
    const fields = readFields(jsonBody(request).value);
    fields.require("username");
    const username = fields.text("username", USERNAME) ?? "";
    fields.finish();
    const ref = param(request, "line");
    return reply.send(lineOut(await assignUsername(context, { appRef, ref, username })));
  });

  scope.delete(`${LINES}/:line`, async (request, reply) => {
    const { appRef } = await loadAppCall(context, request, "manage");
    readQuery(request).finish();
    await deleteLine(context, { appRef, ref: param(request, "line") });
    return reply.code(204).send();
  });
}

/** Only the operator creates keys. A key that could create others could never be withdrawn. */
export function mountKeys(scope: FastifyInstance, context: OperationContext): void {
  scope.get(KEYS, async (request, reply) => {
    const { appRef } = await loadAppCall(context, request, "operator");
    readQuery(request).finish();
    const items = await listKeys(context, appRef);
    return sendPage(
      reply,
      { items, done: true },
      {
        id: (key) => key.id,
        text: (key) => JSON.stringify(keyOut(key)),
      },
    );
  });

  scope.post(KEYS, CREATES, async (request, reply) => {
    const { caller, appRef } = await loadAppCall(context, request, "operator");
    readQuery(request).finish();
    const fields = readFields(jsonBody(request).value);
    fields.require("kind");
    const kind = KEY_KINDS.find((known) => known === fields.text("kind"));
    if (kind === undefined) fields.refuse("kind", `must be one of ${KEY_KINDS.join(", ")}`);
    fields.finish();
    const idempotencyKey = readIdempotencyKey(request, caller, context);
    const { key, secret } = await createKey(context, {
      appRef,
      kind: kind ?? "app",
      idempotencyKey,
    });
    const shown = key.keyId === null ? { key: secret } : { keySecret: secret };
    return reply.code(201).send({ ...keyOut(key), ...shown });
  });

  scope.delete(`${KEYS}/:key`, async (request, reply) => {
    const { appRef } = await loadAppCall(context, request, "operator");
    readQuery(request).finish();
    await revokeKey(context, { appRef, keyId: param(request, "key") });
    return reply.code(204).send();
  });
}

function lineOut(line: RegisteredLine): object {
  const { id, number, deviceId, name, username, payloadGeneration, createdAt } = line;
  return { id, number, deviceId, name, username, payloadGeneration, createdAt: isoTime(createdAt) };
}

function keyOut({ id, kind, scopes, keyId, createdAt }: Key): object {
  return {
    id,
    kind,
    scopes,
    ...(keyId === null ? undefined : { keyId }),
    createdAt: isoTime(createdAt),
  };
}
