/**
 * The body of a message, split without parsing the parts that no rule reads. The fields are few and small,
 * and the payload is passed on as text. Only the payload of a built-in type is parsed, because rules read it.
 */
import { AppError, refuseField } from "../../../core/error.ts";
import { MEMBER_LIMIT, type JsonMember, type JsonScan } from "../../../core/json/json-scan.ts";
import { sliceMember } from "../../../core/json/json-slice.ts";
import { parseJson } from "../../../core/json/json.ts";
import type { JsonValue } from "../../../core/json/json-value.ts";
import type { Turn } from "../../../operations/turns.ts";
import { scanWhole } from "../../scan-in-turns.ts";
import { SMALL_BYTES, type ParsedObject } from "../../small-objects.ts";

export type MessageBody = {
  /** All fields. A payload that no rule reads may be replaced by a value of the same kind and emptiness. */
  readonly value: JsonValue;
  /** The payload byte for byte. For equal names the last one counts, as in `JSON.parse`. */
  readonly payloadText: string | undefined;
};

/** Whether rules read the payloads of this event type. */
export type IsRead = (type: string) => boolean;

/** Limit for a field other than the payload. The longest allowed list has 50 tags. */
const FIELD_VALUE_LIMIT = 1_000;
/** Limit for a canonical payload, which may contain names that the schema does not know. */
const PAYLOAD_VALUE_LIMIT = 10_000;
const OPEN_OBJECT = 0x7b;
const OPEN_ARRAY = 0x5b;
const LOWER_N = 0x6e;
const NOT_EMPTY = { unread: true } as const;

/** The body of a single message. Refuses with `invalid_json`. */
export function readWholeMessage(
  bytes: Buffer,
  turn: Turn,
  isRead: IsRead,
): MessageBody | Promise<MessageBody> {
  if (bytes.length > SMALL_BYTES) {
    return scanWhole(bytes, turn).then((scan) =>
      readMessageBody(bytes, scan, { path: [], isRead }),
    );
  }
  const text = bytes.toString("utf8");
  return toMessageBody({ text, value: parseJson(text) });
}

/** The body of a small message, parsed as a whole. */
export function toMessageBody({ text, value }: Pick<ParsedObject, "text" | "value">): MessageBody {
  return { value, payloadText: sliceMember(text, "payload") };
}

/** `path` is the prefix of problems. */
export function readMessageBody(
  bytes: Buffer,
  scan: JsonScan,
  { path, isRead }: { readonly path: readonly (string | number)[]; readonly isRead: IsRead },
): MessageBody {
  // A value that is not an object has no fields, and the field readers refuse it.
  if (bytes[scan.start] !== OPEN_OBJECT) return { value: null, payloadText: undefined };
  if (scan.memberCount > MEMBER_LIMIT) {
    const message = `has ${scan.memberCount} fields; at most ${MEMBER_LIMIT} are allowed`;
    throw new AppError("invalid_field", `The body ${message}.`, {
      problems: [{ path, message, kind: "value_error" }],
    });
  }
  // Without a prototype, `__proto__` is a name like any other.
  const fields = Object.create(null) as Record<string, JsonValue>;
  let payload: JsonMember | undefined;
  for (const member of scan.members) {
    const name = toName(bytes, member);
    if (name === "payload") {
      payload = member;
      continue;
    }
    if (member.values > FIELD_VALUE_LIMIT) {
      const message = `has ${member.values} values; at most ${FIELD_VALUE_LIMIT} are allowed`;
      throw refuseField("invalid_field", [...path, name], message);
    }
    fields[name] = parseJson(toText(bytes, member.from, member.to));
  }
  if (payload === undefined) return { value: fields, payloadText: undefined };
  const payloadText = toText(bytes, payload.from, payload.to);
  const { eventType } = fields;
  const isParsed =
    typeof eventType === "string" && isRead(eventType) && bytes[payload.from] === OPEN_OBJECT;
  if (isParsed) checkPayloadSize(payload.values, path);
  fields["payload"] = isParsed ? parseJson(payloadText) : toKind(bytes, payload);
  return { value: fields, payloadText };
}

/** Refuses with `invalid_payload` a canonical payload that is too expensive to parse. */
export function checkPayloadSize(values: number, path: readonly (string | number)[]): void {
  if (values <= PAYLOAD_VALUE_LIMIT) return;
  const message = `has ${values} values; at most ${PAYLOAD_VALUE_LIMIT} are allowed for this event type`;
  throw refuseField("invalid_payload", [...path, "payload"], message);
}

/** A value of the same kind, which is empty exactly when the payload is. */
function toKind(bytes: Buffer, { from, values }: JsonMember): JsonValue {
  if (bytes[from] === OPEN_OBJECT) return values === 1 ? {} : NOT_EMPTY;
  if (bytes[from] === OPEN_ARRAY) return [];
  return bytes[from] === LOWER_N ? null : 0;
}

function toName(bytes: Buffer, { nameFrom, nameTo }: JsonMember): string {
  const raw = toText(bytes, nameFrom + 1, nameTo - 1);
  return raw.includes("\\") ? (JSON.parse(`"${raw}"`) as string) : raw;
}

function toText(bytes: Buffer, from: number, to: number): string {
  return bytes.toString("utf8", from, to);
}
