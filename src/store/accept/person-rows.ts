/** The addresses of one person, for erasure. */
import { isUserId } from "../../core/messages/address.ts";
import type { Session, Steps } from "../session.ts";
import { readContact } from "./register-rows.ts";

/** Every address of the person with this number or user id. The given one is the first. */
export function* findAddresses(
  s: Session,
  appSeq: number,
  given: string,
): Steps<readonly string[]> {
  const alias = isUserId(given)
    ? yield* s.one<{ address: string }>(
        "SELECT address FROM contact_alias WHERE app_seq = ?1 AND user_id = ?2",
        [appSeq, given],
      )
    : null;
  const address = alias === null ? given : alias.address;
  const row = yield* s.one<{ record: string }>(
    "SELECT record FROM contact WHERE app_seq = ?1 AND number = ?2",
    [appSeq, address],
  );
  const { userIds = [] } = row === null ? {} : readContact(row.record);
  return [...new Set([given, address, ...userIds])];
}
