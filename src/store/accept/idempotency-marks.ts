/**
 * The text that an idempotency key stores for each event of a publish. It is `=` for a duplicate, the event's
 * number, and the number of its deliveries when it is not zero.
 */
type Mark = { readonly seq: number; readonly duplicate: boolean; readonly deliveries: number };

const MARK = /^=?\d+(?::\d+)?$/;

export function isMark(text: string): boolean {
  return MARK.test(text);
}

export function writeMark({ seq, duplicate, deliveries }: Mark): string {
  return `${duplicate ? "=" : ""}${seq}${deliveries === 0 ? "" : `:${deliveries}`}`;
}

export function readMark(text: string): Mark {
  const [seq = "", deliveries = "0"] = text.replace(/^=/, "").split(":");
  return { seq: Number(seq), duplicate: text.startsWith("="), deliveries: Number(deliveries) };
}
