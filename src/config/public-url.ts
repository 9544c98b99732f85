/** The URL by which browsers reach the server. */
import type { Parser } from "./parse-setting.ts";

/** Parses a base URL, with or without a path, or an empty text. */
export const parsePublicUrl: Parser<string> = (text) => {
  if (text === "") return { ok: true, value: "" };
  const url = URL.parse(text);
  const isPlain =
    url !== null &&
    (url.protocol === "https:" || url.protocol === "http:") &&
    url.username === "" &&
    url.password === "" &&
    !/[?#]/.test(text);
  return isPlain
    ? { ok: true, value: url.href.replace(/\/+$/, "") }
    : {
        ok: false,
        allowed: "it must be an http or https URL without credentials, query and fragment",
      };
};
