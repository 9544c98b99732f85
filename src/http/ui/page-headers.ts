/** The headers of a page: it loads from this server only, and a page of another origin may not read it. */
import type { AllowedOrigins } from "../cross-origin.ts";
import type { Face } from "./built-pages.ts";

export type PageHeaders = Readonly<Record<string, string>>;

/** `nonce` allows the one style element that the library of the dialogs adds while a dialog is open. */
export function toPageHeaders(p: {
  readonly face: Face;
  readonly nonce: string;
  /** Origins whose pages may frame the portal. The dashboard is never framed. */
  readonly frameAncestors: AllowedOrigins;
}): PageHeaders {
  const isPortal = p.face === "portal";
  return {
    "content-security-policy": [
      "default-src 'none'",
      "script-src 'self'",
      `style-src 'self' 'nonce-${p.nonce}'`,
      // The host of a portal chooses its icon by address.
      isPortal ? "img-src 'self' data: https:" : "img-src 'self' data:",
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'self'",
      `frame-ancestors ${isPortal ? toAncestors(p.frameAncestors) : "'none'"}`,
    ].join("; "),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    ...(isPortal ? {} : { "cross-origin-opener-policy": "same-origin" }),
  };
}

function toAncestors(origins: AllowedOrigins): string {
  if (origins === "*") return "*";
  return origins.length === 0 ? "'none'" : origins.join(" ");
}
