/** One payload per canonical type, for the documentation and for Svix `send-example`. */
import type { CanonicalType } from "./event-type.ts";
import type { PayloadOf } from "./catalogue-schemas.ts";

const LINE = "+12065550100";
const CONTACT = "+12065550188";
const AT = "2026-05-06T04:00:00Z";

const outbound = {
  id: "out-2048",
  direction: "outbound" as const,
  channel: "sms" as const,
  from: LINE,
  to: CONTACT,
  text: "Your table is ready.",
};
const inbound = {
  id: "in-1024",
  direction: "inbound" as const,
  channel: "sms" as const,
  from: CONTACT,
  to: LINE,
  text: "Is my table ready?",
};
const contact = {
  number: CONTACT,
  firstName: "Ada",
  lastName: "Byron",
  companyName: "Analytical Engines",
  tags: ["vip"],
};
const template = {
  id: "tpl-7",
  name: "table_ready",
  language: "en_US",
  category: "UTILITY",
  status: "APPROVED",
};
const account = { id: "waba-3", name: "The Blue Door", phoneNumber: LINE };

export const EXAMPLES = {
  "message.received": {
    message: {
      id: "in-1024",
      channel: "mms",
      from: CONTACT,
      to: LINE,
      text: "Is my table ready?",
      media: [
        {
          url: "https://media.example.com/table.jpg",
          contentType: "image/jpeg",
          fileName: "table.jpg",
          sizeBytes: 48_213,
        },
      ],
      receivedAt: AT,
    },
  },
  "message.sent": {
    message: {
      id: "out-2048",
      channel: "sms",
      from: LINE,
      to: CONTACT,
      text: "Your table is ready.",
      sentAt: AT,
    },
  },
  "message.progress": {
    message: { ...outbound, status: "delivered_to_handset" },
    occurredAt: AT,
  },
  "message.read": { message: inbound, readAt: AT },
  "message.deleted": { message: inbound, deletedAt: AT },
  "optout.changed": {
    line: LINE,
    contact: CONTACT,
    type: "STOP",
    messageId: "in-1025",
    text: "Stop",
    occurredAt: AT,
  },
  "call.logged": {
    line: LINE,
    contact: CONTACT,
    direction: "inbound",
    status: "completed",
    durationSeconds: 74,
    startedAt: AT,
  },
  "contact.created": { contact },
  "contact.updated": { contact: { ...contact, companyName: "Difference Engines" } },
  "contact.deleted": { contact: { number: CONTACT } },
  "line.assigned": { line: LINE, assignedTo: "ada@example.com" },
  "line.blocked": { line: LINE, reason: "carrier_violation" },
  "typing.changed": { line: LINE, contact: CONTACT, isTyping: true, occurredAt: AT },
  "template.created": { template: { ...template, status: "PENDING" } },
  "template.updated": { template },
  "template.deleted": { template },
  "template.connected": { template },
  "whatsapp_account.connected": { account },
  "whatsapp_account.disconnected": { account },
} as const satisfies { readonly [T in CanonicalType]: PayloadOf<T> };
