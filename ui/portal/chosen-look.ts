/** The look of this page, read once: later addresses have other queries. */
import { words } from "../words.ts";
import { toLook, type Look } from "./look.ts";
import { readBranding } from "./show-look.ts";

const KEPT = "hookline.portal-look";

export const portalLook: Look = toLook(readQuery(), readBranding(), words.product);

/** A reload may have lost the query that the frame began with. */
function readQuery(): URLSearchParams {
  const here = new URLSearchParams(location.search);
  const names = ["darkMode", "primaryColor", "icon", "fontFamily"];
  const given = names.filter((name) => here.has(name));
  try {
    if (given.length === 0) return new URLSearchParams(sessionStorage.getItem(KEPT) ?? "");
    sessionStorage.setItem(KEPT, here.toString());
  } catch {
    // Refused to a frame of another site.
  }
  return here;
}
