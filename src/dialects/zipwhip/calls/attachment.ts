/**
 * The attachments of a message, and their bytes. The content comes from strangers, so it is always served as
 * a sandboxed download with a fixed media type: no browser runs it under this server's name.
 */
import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import Type from "typebox";
import type { Attachment } from "../../../operations/context.ts";
import { openAttachment } from "../../../operations/messages/open-attachment.ts";
import { listAttachments } from "../../../operations/messages/read-message.ts";
import type { Call } from "../../call.ts";
import { lineOfSession } from "../caller.ts";
import { DEFAULT_GENERATION, GENERATIONS } from "../webhooks/generation.ts";
import type { Generation } from "../webhooks/generation.ts";
import { ANY_CALL, answers, lineCall } from "./line-call.ts";
import { messageId } from "./message.ts";
import { parameterReader } from "./read-parameters.ts";

const LIST_ATTACHMENTS = Type.Object({ messageId });

const GET_CONTENT = Type.Object({
  storageKey: Type.String({
    minLength: 1,
    maxLength: 256,
    description: "a storageKey from messageAttachment/list",
  }),
});

const readGet = parameterReader(GET_CONTENT);

const ATTACHMENTS = Type.Array(
  Type.Object({
    fileName: Type.String(),
    dateCreated: Type.String(),
    fileSizeBytes: Type.Integer({ description: "0 when the publisher did not give the size" }),
    mimeType: Type.String(),
    storageKey: Type.String(),
  }),
);

export const ATTACHMENT_CALLS: readonly Call[] = [
  lineCall(
    {
      id: "listAttachments",
      tag: "Attachments",
      path: "/messageAttachment/list",
      summary: "List the attachments of a message",
      description:
        "A text that is too long for `body` is the first attachment, a `.txt` whose content supersedes " +
        "`body`. It can be read before the webhook of the message is sent.",
      fields: LIST_ATTACHMENTS,
      example: { fields: { messageId: "1327295480212647937" } },
      refusals: ["invalid_field", "not_found"],
      answers: answers(
        ATTACHMENTS,
        {
          total: 1,
          response: [
            {
              fileName: "message.txt",
              dateCreated: "2020-11-13T17:01:17Z",
              fileSizeBytes: 1204,
              mimeType: "text/plain",
              storageKey: "7d0f3a52-0000-4000-8000-000000000003",
            },
          ],
          success: true,
        },
        { total: Type.Integer() },
      ),
    },
    async (context, { caller, fields }) => {
      const snowflake = BigInt(fields.messageId);
      const { message, attachments } = await listAttachments(context, { ...caller, snowflake });
      const generation = message.line?.payloadGeneration ?? DEFAULT_GENERATION;
      const response = attachments.map((attachment) => shown(attachment, generation));
      return { total: response.length, response, success: true };
    },
  ),
  {
    ...ANY_CALL,
    id: "getContent",
    tag: "Attachments",
    path: "/hostedContent/get",
    summary: "Get the bytes of an attachment",
    description:
      "The `storageKey` is sufficient. If a `session` is sent too, it must be valid. A refusal is " +
      "JSON, as for every other call.",
    security: [],
    fields: GET_CONTENT,
    example: { fields: { storageKey: "7d0f3a52-0000-4000-8000-000000000003" } },
    refusals: ["invalid_field", "not_found", "unauthenticated"],
    answers: {
      200: {
        description: "The content, with the media type of the attachment.",
        schema: Type.Any({ description: "the bytes" }),
        mediaType: "*/*",
      },
    },
    // The key is the credential: Zipwhip's client sends no session here.
    createHandler: (context) => async (request, reply) => {
      const { session, check } = await readGet(request);
      if (session !== null) await lineOfSession(context, session);
      const p = { key: check().storageKey, signal: closed(reply) };
      const { content, contentType, fileName, sizeBytes } = await openAttachment(context, p);
      if (sizeBytes !== null) reply.header("content-length", sizeBytes);
      return reply
        .headers({
          "content-type": contentType,
          "content-disposition": disposition(fileName),
          "x-content-type-options": "nosniff",
          "content-security-policy": "sandbox",
          // The key alone gives access to the content, so no cache may store it.
          "cache-control": "no-store",
        })
        .send(content instanceof Readable ? content : toBytes(content));
    },
  },
];

/** Aborted when the client has the whole answer, or when its connection closes. */
function closed(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  if (reply.raw.destroyed) controller.abort();
  else reply.raw.once("close", () => controller.abort());
  return controller.signal;
}

/** Fastify sends no other view of bytes. This one copies nothing. */
function toBytes({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function shown(attachment: Attachment, generation: Generation): object {
  return {
    fileName: attachment.fileName,
    dateCreated: GENERATIONS[generation].time(attachment.createdAt),
    // Clients expect a whole number here, never null.
    fileSizeBytes: attachment.sizeBytes ?? 0,
    mimeType: attachment.contentType,
    storageKey: attachment.key,
  };
}

/** RFC 6266: plain ASCII for old clients, and the real name for all others. */
export function disposition(fileName: string): string {
  const name = fileName.toWellFormed();
  const ascii = name.replace(/[^\x20-\x7e]|["\\%/]/g, "_");
  const extended = encodeURIComponent(name).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${extended}`;
}
