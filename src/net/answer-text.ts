/** The body of an answer as it is shown and stored. */
import { StringDecoder } from "node:string_decoder";

export function answerText(body: Buffer, isCut: boolean): string {
  if (body.length === 0) return "";
  // Cut between characters: the decoder holds back one that is incomplete.
  const text = isCut ? new StringDecoder("utf8").write(body) : body.toString("utf8");
  // PostgreSQL cannot store NUL in a text.
  return text.includes("\0") ? text.replaceAll("\0", "\uFFFD") : text;
}
