/**
 * Random ids in the forms of the vendors whose APIs show them. Message ids are made elsewhere, because they
 * never repeat in a store.
 */
import { randomBytes, randomInt, randomUUID } from "node:crypto";
import type { Ids } from "../../core/decide-types.ts";

/** Zipwhip's contact ids are above 2^31 and far below 2^53; its device ids have nine digits. */
const CONTACT_IDS = [10_000_000_000, 99_999_999_999] as const;
const DEVICE_IDS = [100_000_000, 999_999_999] as const;
const FINGERPRINTS = [100_000_000, 4_294_967_295] as const;

/** The database refuses a contact id or device id that is taken. */
export const VENDOR_IDS = {
  handle: () => randomUUID(),
  contactId: () => randomInt(CONTACT_IDS[0], CONTACT_IDS[1] + 1),
  deviceId: () => randomInt(DEVICE_IDS[0], DEVICE_IDS[1] + 1),
  fingerprint: () => String(randomInt(FINGERPRINTS[0], FINGERPRINTS[1])),
  attachmentKey: () => randomBytes(24).toString("base64url"),
} as const satisfies Partial<Ids>;

/**
 * The stored millisecond of a node number is ahead of its message ids by this much, so that not every id
 * writes a row.
 */
export const SNOWFLAKE_STORED_AHEAD_MS = 10_000;
