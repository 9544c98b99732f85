/**
 * The file name under which an attachment is offered. It comes from the publisher, otherwise from the end of
 * the URL. It contains nothing that a header, a shell or a file system could misread.
 */
import type { Media } from "../../core/snapshot.ts";

const LENGTH_LIMIT = 100;

/** Media types of text messaging; all others get `.bin`. */
const EXTENSIONS: ReadonlyMap<string, string> = new Map([
  ["application/pdf", "pdf"],
  ["audio/amr", "amr"],
  ["audio/mp4", "m4a"],
  ["audio/mpeg", "mp3"],
  ["audio/ogg", "ogg"],
  ["image/bmp", "bmp"],
  ["image/gif", "gif"],
  ["image/heic", "heic"],
  ["image/jpeg", "jpg"],
  ["image/png", "png"],
  ["image/webp", "webp"],
  ["text/calendar", "ics"],
  ["text/plain", "txt"],
  ["text/vcard", "vcf"],
  ["text/x-vcard", "vcf"],
  ["video/3gpp", "3gp"],
  ["video/mp4", "mp4"],
  ["video/quicktime", "mov"],
  ["video/webm", "webm"],
]);

/** Returns at most 100 ASCII letters, digits, `.`, `_` and `-`, with an extension. Never throws. */
export function attachmentName({ fileName, url, contentType }: Omit<Media, "sizeBytes">): string {
  const named = parseName(fileName ?? "") ?? parseName(URL.parse(url)?.pathname ?? "");
  const mediaType = contentType.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  const ending = named?.ending ?? `.${EXTENSIONS.get(mediaType) ?? "bin"}`;
  return (named?.stem ?? "media").slice(0, LENGTH_LIMIT - ending.length) + ending;
}

/** Returns null when no usable name remains. Only the last part of a path counts. */
function parseName(text: string): { stem: string; ending: string | null } | null {
  const last = text.split(/[/\\]/).at(-1) ?? "";
  const clean = last
    .slice(-2 * LENGTH_LIMIT)
    .replaceAll(/%[0-9a-f]{2}/gi, "_")
    .replaceAll(/[^A-Za-z0-9._-]+/g, "_");
  const ending = /\.[A-Za-z0-9]{1,10}$/.exec(clean)?.[0] ?? null;
  const stem = clean
    .slice(0, clean.length - (ending?.length ?? 0))
    .replaceAll(/^[._-]+|[._-]+$/g, "");
  return stem === "" ? null : { stem, ending };
}
