/** A believable afternoon at a small dental practice, as the events a messaging platform would report. */
export type Line = {
  /** Pause before the event, in milliseconds. */
  readonly waitMs: number;
  readonly eventType: "message.received" | "message.sent" | "message.progress";
  readonly payload: { readonly message: DemoMessage };
};

export type DemoMessage = {
  readonly id: string;
  readonly channel?: "sms" | "mms";
  readonly from?: string;
  readonly to?: string;
  readonly text?: string;
  readonly media?: readonly { readonly url: string; readonly contentType: string }[];
  readonly status?: "delivered_to_carrier" | "delivered_to_handset";
};

/** The line of the practice, to which its Zipwhip session belongs. */
export const PRACTICE = "+12065550142";
const DANA = "+12065550188";
const LUIS = "+14255550119";
/** Long enough for the slow receiver to answer before the next event. */
const BEAT_MS = 1_700;

function inbound(id: string, from: string, text: string, pictures: readonly string[] = []): Line {
  const media = pictures.map((name) => ({
    // A name only: the media are never fetched.
    url: `https://media.example.com/${name}`,
    contentType: "image/jpeg",
  }));
  const hasPictures = media.length > 0;
  const message = {
    id,
    channel: hasPictures ? "mms" : "sms",
    from,
    to: PRACTICE,
    text,
    ...(hasPictures ? { media } : undefined),
  } as const;
  return { waitMs: BEAT_MS, eventType: "message.received", payload: { message } };
}

function outbound(id: string, to: string, text: string): Line {
  const message = { id, channel: "sms", from: PRACTICE, to, text } as const;
  return { waitMs: BEAT_MS, eventType: "message.sent", payload: { message } };
}

/** A delivery report names its message by id only, as carriers' reports do. */
function progress(id: string, status: NonNullable<DemoMessage["status"]>): Line {
  return { waitMs: BEAT_MS, eventType: "message.progress", payload: { message: { id, status } } };
}

export const CONVERSATION: readonly Line[] = [
  { ...inbound("m-1", DANA, "Can I move Tuesday's cleaning to Thursday?"), waitMs: 300 },
  outbound("m-2", DANA, "Sure, Dana! Thursday 3:40 pm or 5:10 pm?"),
  progress("m-2", "delivered_to_carrier"),
  progress("m-2", "delivered_to_handset"),
  inbound("m-3", DANA, "3:40, please. It is this tooth", ["left.jpg", "right.jpg"]),
  outbound("m-4", DANA, "Booked: Thursday 3:40 pm. See you then!"),
  progress("m-4", "delivered_to_carrier"),
  progress("m-4", "delivered_to_handset"),
  outbound("m-5", LUIS, "Your check-up is tomorrow at 8:30."),
  progress("m-5", "delivered_to_carrier"),
  inbound("m-6", LUIS, "STOP"),
];
