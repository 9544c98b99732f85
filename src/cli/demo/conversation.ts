/** A believable afternoon at a small dental practice, as the events a messaging platform would report. */
export type Line = {
  /** Pause before it, milliseconds. */
  readonly waitMs: number;
  readonly eventType: string;
  readonly payload: Record<string, unknown>;
};

const PRACTICE = "+12065550142";
const DANA = "+12065550188";
const LUIS = "+14255550119";

function inbound(waitMs: number, id: string, from: string, text: string): Line {
  const message = { id, channel: "sms", from, to: PRACTICE, text };
  return { waitMs, eventType: "message.received", payload: { message } };
}

function outbound(waitMs: number, id: string, to: string, text: string): Line {
  const message = { id, channel: "sms", from: PRACTICE, to, text };
  return { waitMs, eventType: "message.sent", payload: { message } };
}

function progress(waitMs: number, id: string, status: string): Line {
  return { waitMs, eventType: "message.progress", payload: { message: { id, status } } };
}

export const CONVERSATION: readonly Line[] = [
  inbound(300, "m-1", DANA, "Hi, can I move my cleaning from Tuesday to later this week?"),
  outbound(900, "m-2", DANA, "Hi Dana! Thursday 3:40 pm or Friday 9:10 am?"),
  progress(400, "m-2", "delivered_to_carrier"),
  progress(500, "m-2", "delivered_to_handset"),
  inbound(900, "m-3", DANA, "Thursday 3:40 is perfect, thank you 🙌"),
  outbound(700, "m-4", LUIS, "Reminder: your check-up is tomorrow at 8:30. Reply C to confirm."),
  progress(400, "m-4", "delivered_to_carrier"),
  inbound(900, "m-5", LUIS, "C"),
  outbound(500, "m-6", DANA, "Booked: Thursday 3:40 pm. See you then!"),
  progress(300, "m-6", "delivered_to_carrier"),
  progress(300, "m-6", "delivered_to_handset"),
  inbound(1200, "m-7", LUIS, "STOP"),
];
