/** Zipwhip's API as data. */
import { URL_CREDENTIALS } from "../api-document.ts";
import type { ApiDocument } from "../api-document.ts";
import type { Call } from "../call.ts";
import { ATTACHMENT_CALLS } from "./calls/attachment.ts";
import { REFUSAL } from "./errors.ts";
import { LIST_CALLS } from "./calls/lists.ts";
import { MESSAGE_CALLS } from "./calls/message.ts";
import { STATUS_CODES } from "./webhooks/status-codes.ts";
import { USER_CALLS } from "./calls/user.ts";
import { WEBHOOK_CALLS } from "./calls/webhook.ts";
import { WEBHOOKS } from "./webhooks/webhooks.ts";

const STATUS_CODE_TABLE = [
  "| Status Code | Description | State | Final State |",
  "| --- | --- | --- | --- |",
  ...STATUS_CODES.map(
    ({ code, description, state, final }) =>
      `| ${code} | ${description} | ${state} | ${final ? "True" : "False"} |`,
  ),
].join("\n");

const DESCRIPTION = `
Webhooks push real-time server-to-server notifications of incoming and outgoing messages and other
state changes of a line.

Every call accepts GET and POST. Its parameters may be in the query, in a form
(\`application/x-www-form-urlencoded\` or \`multipart/form-data\`) or in a JSON object. A parameter
that is given twice must have the same value both times. Paths may have any letter case.

Every answer is \`{"success": …, "response": …}\`. For a refusal \`success\` is false and \`response\`
gives the reason. Refusals have the HTTP status 200 unless this server is configured to use error
statuses.

A webhook has 7 seconds to answer with a 200-level status. A failed webhook is sent again for 72 hours,
at growing intervals.

${URL_CREDENTIALS}

## Status codes of \`message/progress\`

${STATUS_CODE_TABLE}
`.trim();

export const CALLS: readonly Call[] = [
  ...USER_CALLS,
  ...WEBHOOK_CALLS,
  ...MESSAGE_CALLS,
  ...LIST_CALLS,
  ...ATTACHMENT_CALLS,
];

export const DOCUMENT: ApiDocument = {
  title: "Zipwhip",
  description: DESCRIPTION,
  schemes: {
    session: {
      type: "apiKey",
      in: "query",
      name: "session",
      description:
        "The response of user/login, `<uuid>:<deviceId>`. It may also be in the body, like any parameter.",
    },
  },
  calls: CALLS,
  webhooks: WEBHOOKS,
  refusal: {
    schema: REFUSAL,
    example: { success: false, response: "There is no webhook 687557714 of this line." },
  },
};
