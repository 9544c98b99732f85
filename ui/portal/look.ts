/**
 * The look that a host chooses: the operator by settings, in the page, and the frame by its query, as Svix's
 * `<AppPortal>` writes it. Values of a query come from strangers, so only known forms are used.
 */
import { findAccent } from "./colour.ts";

export type Look = {
  readonly name: string;
  /** An address for an image; null for our own mark. */
  readonly icon: string | null;
  readonly accent: string;
  readonly theme: "light" | "dark" | "system" | null;
  readonly fontFamily: string | null;
  /** Where a person without a session goes; null for nowhere. */
  readonly returnUrl: string | null;
};

export type Branding = {
  readonly name: string;
  readonly logo: string;
  readonly accent: string;
  readonly returnUrl: string;
};

const IMAGE = /^(?:https:\/\/|data:image\/(?:png|jpeg|gif|webp|avif|svg\+xml)[;,])/i;
/** Names of local families; nothing is loaded. */
const FONT = /^[\p{L}\p{N} _-]{1,64}$/u;

export function toLook(search: URLSearchParams, branding: Branding, product: string): Look {
  const icon = search.get("icon") ?? branding.logo;
  const font = search.get("fontFamily");
  const accent = search.get("primaryColor") ?? "";
  return {
    name: branding.name === "" ? product : branding.name,
    icon: IMAGE.test(icon) ? icon : null,
    accent: findAccent(accent) === null ? branding.accent : accent,
    theme: toTheme(search.get("darkMode")),
    fontFamily: font !== null && FONT.test(font) ? font : null,
    returnUrl: branding.returnUrl === "" ? null : branding.returnUrl,
  };
}

/** Without the parameter, the person's own choice holds. */
function toTheme(darkMode: string | null): Look["theme"] {
  if (darkMode === "true") return "dark";
  if (darkMode === "auto") return "system";
  return darkMode === "false" ? "light" : null;
}
