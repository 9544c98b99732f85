/** Sendblue's webhooks as data: one for each type that canonical events become. */
import type { TSchema } from "typebox";
import type { ApiWebhook } from "../../api-document.ts";
import * as schema from "./event-schemas.ts";

const LINE = "+15550000002";
const CONTACT = "+15550000001";
const ACCOUNT = "agent@example.com";
const AT = "2026-05-06T04:00:00.000Z";

const message = {
  accountEmail: ACCOUNT,
  content: "Is my table ready?",
  is_outbound: false,
  status: "RECEIVED",
  error_code: null,
  error_message: null,
  error_reason: null,
  message_handle: "dfd747ba-5600-4a8a-804a-a614a0fbc1c5",
  date_sent: AT,
  date_updated: AT,
  from_number: CONTACT,
  number: CONTACT,
  to_number: LINE,
  was_downgraded: null,
  plan: "dedicated",
  media_url: "",
  message_type: "message",
  group_id: "",
  participants: [],
  send_style: "",
  opted_out: false,
  error_detail: null,
  sendblue_number: LINE,
  service: "iMessage",
  group_display_name: "",
};

const line = { sendblue_number: LINE, accountEmail: ACCOUNT, date_created: AT };

export const EVENTS: readonly ApiWebhook[] = [
  event("receive", "An inbound message arrived", schema.MESSAGE_BODY, message),
  event(
    "outbound",
    "An outbound message was accepted, or its status changed",
    schema.MESSAGE_BODY,
    {
      ...message,
      content: "Your table is ready.",
      is_outbound: true,
      status: "DELIVERED",
      from_number: LINE,
      to_number: CONTACT,
      was_downgraded: false,
    },
  ),
  event("call_log", "A call ended or was missed", schema.CALL_BODY, {
    event_type: "call_log",
    from_number: CONTACT,
    to_number: LINE,
    sendblue_number: LINE,
    direction: "inbound",
    status: "completed",
    duration: 42,
    date_created: AT,
    accountEmail: ACCOUNT,
  }),
  event("contact_created", "A contact was created", schema.CONTACT_BODY, {
    event_type: "contact_created",
    contact_id: "4503599627370497",
    phone: CONTACT,
    first_name: "Ada",
    last_name: "Lovelace",
    company_name: "",
    tags: [],
    custom_variables: {},
    assigned_to_email: ACCOUNT,
    sendblue_number: LINE,
    verified: false,
    opt_out: false,
    created_at: AT,
  }),
  event("line_assigned", "A line was assigned to the account", schema.LINE_ASSIGNED_BODY, {
    event_type: "line_assigned",
    ...line,
  }),
  event("line_blocked", "A line was blocked", schema.LINE_BLOCKED_BODY, {
    event_type: "line_blocked",
    ...line,
  }),
  event("typing_indicator", "A contact started or stopped typing", schema.TYPING_BODY, {
    number: CONTACT,
    from_number: LINE,
    is_typing: true,
    timestamp: AT,
  }),
];

function event(name: string, summary: string, body: TSchema, example: object): ApiWebhook {
  return { name, summary, methods: ["POST"], body, example: JSON.stringify(example, null, 2) };
}
