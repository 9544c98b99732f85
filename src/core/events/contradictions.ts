/**
 * The check that no schema can express: `line` and `contact` of a message event must agree with the direction
 * of its message, and only a contact has a user id.
 */
import type { CanonicalPayload } from "../decide-types.ts";
import type { FieldProblem } from "../error.ts";
import { isLineNumber, isUserId } from "../messages/address.ts";

/** Finds contradictions in a payload that has passed its schema. */
export function findContradictions(canonical: CanonicalPayload): FieldProblem[] {
  const { message } = canonical;
  if (message === undefined) return findOfContact(canonical);
  return message.direction === undefined ? [] : findOfMessage(canonical, message);
}

const USER_ID_OF = { from: "fromUserId", to: "toUserId" } as const;

function findOfMessage(
  { line, contact }: CanonicalPayload,
  message: NonNullable<CanonicalPayload["message"]>,
): FieldProblem[] {
  const inbound = message.direction === "inbound";
  const problems: FieldProblem[] = [];
  const [ofContact, ofLine] = inbound ? (["from", "to"] as const) : (["to", "from"] as const);
  const lineAddress = message[ofLine];
  const contactAddress = message[ofContact];
  const userId = message[USER_ID_OF[ofContact]];
  // A text sent from a sender id has no line, so `line` adds the missing address.
  if (
    line !== undefined &&
    lineAddress !== undefined &&
    isLineNumber(lineAddress) &&
    lineAddress !== line
  ) {
    problems.push(disagrees(["line"], line, ["message", ofLine], lineAddress));
  }
  if (
    contact !== undefined &&
    contactAddress !== undefined &&
    contactAddress !== contact &&
    userId !== contact
  ) {
    problems.push(disagrees(["contact"], contact, ["message", ofContact], contactAddress));
  }
  if (lineAddress !== undefined && isUserId(lineAddress)) {
    problems.push(noUserId(["message", ofLine]));
  }
  if (message[USER_ID_OF[ofLine]] !== undefined) {
    problems.push(noUserId(["message", USER_ID_OF[ofLine]]));
  }
  const fields = [
    ["message", USER_ID_OF[ofContact]],
    ["message", ofContact],
  ] as const;
  problems.push(...findTwoIds(userId, contactAddress, ...fields));
  return problems;
}

function findOfContact({ contact, contactUserId, contactFields }: CanonicalPayload) {
  return contactFields === undefined
    ? findTwoIds(contactUserId, contact, ["contactUserId"], ["contact"])
    : findTwoIds(contactUserId, contact, ["contact", "userId"], ["contact", "number"]);
}

/** An address that is a user id is the one of its person. */
function findTwoIds(
  userId: string | undefined,
  address: string | undefined,
  field: readonly string[],
  source: readonly string[],
): FieldProblem[] {
  if (userId === undefined || address === undefined) return [];
  return isUserId(address) && address !== userId ? [disagrees(field, userId, source, address)] : [];
}

function disagrees(
  field: readonly string[],
  given: string,
  source: readonly string[],
  follows: string,
): FieldProblem {
  return {
    path: ["payload", ...field],
    message:
      `payload.${field.join(".")} is "${given}", but it must equal payload.${source.join(".")}, ` +
      `which is "${follows}"; correct it or leave it out.`,
    kind: "value_error",
  };
}

function noUserId(field: readonly string[]): FieldProblem {
  return {
    path: ["payload", ...field],
    message: `payload.${field.join(".")} is the side of the line, and only a contact has a user id.`,
    kind: "value_error",
  };
}
