/** The text of a response body, as shown and stored. */
import { StringDecoder } from "node:string_decoder";

export function answerText(body: Buffer, isCut: boolean): string {
  if (body.length === 0) return "";
  // The text is cut between characters: the decoder holds back an incomplete one.
  const text = isCut ? new StringDecoder("utf8").write(body) : body.toString("utf8");
  // PostgreSQL cannot store NUL in a text.
  return text.includes("\0") ? text.replaceAll("\0", "\uFFFD") : text;
}
