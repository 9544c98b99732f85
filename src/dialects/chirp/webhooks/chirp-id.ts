/**
 * Ids that Chirp has and our register does not: of media, contacts, templates and accounts. Each is derived
 * from the app and the object, so an object has the same id in all its events.
 */
import { derivedId } from "../../../core/ids/ids.ts";
import { KSUID_CHARACTERS } from "../../../core/ids/ksuid.ts";

type Kind = "med" | "ctc" | "tpl" | "wba";

/** Chirp has not published these prefixes. Only their form follows its other ids. */
export function chirpId(kind: Kind, appId: string, thing: string | number): string {
  return `${kind}_${derivedId(appId, `chirp ${kind} ${thing}`).slice(-KSUID_CHARACTERS)}`;
}
