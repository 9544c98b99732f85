/**
 * The attachments of a message, and their bytes. The content comes from strangers, so it is always served as
 * a sandboxed download with a fixed media type: no browser runs it under this server's name.
 */
import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply } from "fastify";
import type { Attachment, OperationContext } from "../../../operations/context.ts";
import { openAttachment } from "../../../operations/messages/open-attachment.ts";
import { listAttachments } from "../../../operations/messages/read-message.ts";
import { GET_CONTENT, LIST_ATTACHMENTS } from "./attachment-calls.ts";
import { mountCall } from "./call-route.ts";
import { loadLineCall, lineOfSession } from "../caller.ts";
import { DEFAULT_GENERATION, GENERATIONS } from "../webhooks/generation.ts";
import type { Generation } from "../webhooks/generation.ts";
import { parameterReader } from "./read-parameters.ts";

export function mountAttachments(scope: FastifyInstance, context: OperationContext): void {
  const readList = parameterReader(LIST_ATTACHMENTS);
  const readGet = parameterReader(GET_CONTENT);

  mountCall(scope, "/messageAttachment/list", async (request) => {
    const { caller, fields } = await loadLineCall(context, request, readList);
    const snowflake = BigInt(fields.messageId);
    const { message, attachments } = await listAttachments(context, { ...caller, snowflake });
    const generation = message.line?.payloadGeneration ?? DEFAULT_GENERATION;
    const response = attachments.map((attachment) => shown(attachment, generation));
    return { total: response.length, response, success: true };
  });

  // The key is the credential: Zipwhip's client sends no session here.
  mountCall(scope, "/hostedContent/get", async (request, reply) => {
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
  });
}

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
