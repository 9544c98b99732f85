/** Zipwhip's API as data. */
import { URL_CREDENTIALS } from "../api-document.ts";
import type { ApiDocument } from "../api-document.ts";
import { ATTACHMENT_CALLS } from "./attachment-calls.ts";
import { REFUSAL } from "./errors.ts";
import { MESSAGE_CALLS } from "./message-calls.ts";
import { STATUS_CODES } from "./status-codes.ts";
import { USER_CALLS } from "./user-calls.ts";
import { WEBHOOK_CALLS } from "./webhook-calls.ts";
import { WEBHOOKS } from "./webhooks.ts";

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

Every call is taken by GET and by POST, its parameters from the query, from a form
(\`application/x-www-form-urlencoded\` or \`multipart/form-data\`) or from a JSON object. A parameter
that is there twice must say the same both times. Paths are taken in any letter case.

Every answer is \`{"success": …, "response": …}\`; of a refusal \`success\` is false and \`response\`
says why. Refusals have the HTTP status 200 unless this server is set to give the one that fits.

A webhook has 7 seconds to answer with a 200-level status. What failed is sent again for 72 hours,
with more time between attempts each time.

${URL_CREDENTIALS}

## Status codes of \`message/progress\`

${STATUS_CODE_TABLE}
`.trim();

export const DOCUMENT: ApiDocument = {
  title: "Zipwhip",
  description: DESCRIPTION,
  schemes: {
    session: {
      type: "apiKey",
      in: "query",
      name: "session",
      description:
        "What user/login answered, `<uuid>:<deviceId>`. It may stand in the body like any parameter.",
    },
  },
  calls: [...USER_CALLS, ...WEBHOOK_CALLS, ...MESSAGE_CALLS, ...ATTACHMENT_CALLS],
  webhooks: WEBHOOKS,
  refusal: {
    schema: REFUSAL,
    example: { success: false, response: "There is no webhook 687557714 of this line." },
  },
};
