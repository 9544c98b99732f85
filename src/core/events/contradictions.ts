/**
 * The check that no schema can express: `line` and `contact` of a message event must agree with the direction
 * of its message.
 */
import type { CanonicalPayload } from "../decide-types.ts";
import type { FieldProblem } from "../error.ts";
import { isLineNumber } from "../messages/address.ts";

/** Finds contradictions in a payload that has passed its schema. */
export function findContradictions(canonical: CanonicalPayload): FieldProblem[] {
  const { message, line, contact } = canonical;
  if (message?.direction === undefined) return [];
  const inbound = message.direction === "inbound";
  const problems: FieldProblem[] = [];
  const lineAddress = inbound ? message.to : message.from;
  const contactAddress = inbound ? message.from : message.to;
  // A text sent from a sender id has no line, so `line` adds the missing address.
  if (
    line !== undefined &&
    lineAddress !== undefined &&
    isLineNumber(lineAddress) &&
    lineAddress !== line
  ) {
    problems.push(disagrees("line", line, inbound ? "to" : "from", lineAddress));
  }
  if (contact !== undefined && contactAddress !== undefined && contactAddress !== contact) {
    problems.push(disagrees("contact", contact, inbound ? "from" : "to", contactAddress));
  }
  return problems;
}

function disagrees(name: string, given: string, source: string, follows: string): FieldProblem {
  return {
    path: ["payload", name],
    message:
      `payload.${name} is "${given}", but it must equal payload.message.${source}, ` +
      `which is "${follows}"; correct it or leave it out.`,
    kind: "value_error",
  };
}
