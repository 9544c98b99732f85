/** The calls that return a message's attachments, as data. */
import Type from "typebox";
import type { ApiCall } from "../../api-document.ts";
import { answers, METHODS, SESSION } from "./answer.ts";
import { messageId } from "./message-calls.ts";

export const LIST_ATTACHMENTS = Type.Object({ messageId });

export const GET_CONTENT = Type.Object({
  storageKey: Type.String({
    minLength: 1,
    maxLength: 256,
    description: "a storageKey from messageAttachment/list",
  }),
});

const ATTACHMENTS = Type.Array(
  Type.Object({
    fileName: Type.String(),
    dateCreated: Type.String(),
    fileSizeBytes: Type.Integer({ description: "0 when the publisher did not give the size" }),
    mimeType: Type.String(),
    storageKey: Type.String(),
  }),
);

export const ATTACHMENT_CALLS: readonly ApiCall[] = [
  {
    id: "listAttachments",
    tag: "Attachments",
    methods: METHODS,
    path: "/messageAttachment/list",
    summary: "List the attachments of a message",
    description:
      "A text that is too long for `body` is the first attachment, a `.txt` whose content supersedes " +
      "`body`. It can be read before the webhook of the message is sent.",
    security: SESSION,
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
  {
    id: "getContent",
    tag: "Attachments",
    methods: METHODS,
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
  },
];
