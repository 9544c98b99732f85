/**
 * New ids for `decide`. Ids that a vendor's server would assign have the form of that vendor. Message ids are
 * made elsewhere, because they never repeat in a store.
 */
import { randomBytes, randomInt, randomUUID } from "node:crypto";
import type { Ids } from "../../core/decide-types.ts";
import { createIdSource } from "../../core/ids/ids.ts";

/** Zipwhip's contact ids are above 2^31 and far below 2^53; its device ids have nine digits. */
const CONTACT_IDS = [10_000_000_000, 99_999_999_999] as const;
const DEVICE_IDS = [100_000_000, 999_999_999] as const;
const FINGERPRINTS = [100_000_000, 4_294_967_295] as const;

export type NewIds = Omit<Ids, "snowflake"> & {
  /** The instant that new ids contain: the accept time of the current decision. */
  setInstant(ms: number): void;
};

/** The database refuses a contact id or device id that is taken. `now` is the instant that was set last. */
export function createNewIds(): { readonly newIds: NewIds; readonly now: () => number } {
  let instant = 0;
  const now = () => instant;
  const source = createIdSource({ now, randomBytes });
  const newIds = {
    ksuid: () => source.next(""),
    handle: () => randomUUID(),
    contactId: () => randomInt(CONTACT_IDS[0], CONTACT_IDS[1] + 1),
    deviceId: () => randomInt(DEVICE_IDS[0], DEVICE_IDS[1] + 1),
    fingerprint: () => String(randomInt(FINGERPRINTS[0], FINGERPRINTS[1])),
    attachmentKey: () => randomBytes(24).toString("base64url"),
    setInstant(ms: number) {
      instant = ms;
    },
  };
  return { newIds, now };
}
