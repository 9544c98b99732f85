/**
 * Ids that Chirp has and our register does not: of media, contacts, templates and accounts. Each
 * follows from the app and what it stands for, so a thing has the same id in every event of it.
 */
import { derivedId } from "../../core/ids.ts";
import { KSUID_CHARACTERS } from "../../core/ksuid.ts";

type Kind = "med" | "ctc" | "tpl" | "wba";

/** Chirp published none of these prefixes; only their form follows its other ids. */
export function chirpId(kind: Kind, appId: string, thing: string | number): string {
  return `${kind}_${derivedId(appId, `chirp ${kind} ${thing}`).slice(-KSUID_CHARACTERS)}`;
}
