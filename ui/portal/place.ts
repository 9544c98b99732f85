/** Where a link to the portal leads. */
const BASE = "/portal";

/** The page that `next` names, without leaving the portal. The other parameters are of the look. */
export function toPlace(search: string): string {
  const params = new URLSearchParams(search);
  const next = params.get("next") ?? "/";
  params.delete("next");
  const isInside = /^\/(?![/\\])[^\\]*$/.test(next) && !next.includes("..");
  const target = new URL(`${BASE}${isInside ? next : "/"}`, "https://portal.invalid");
  for (const [name, value] of params) target.searchParams.append(name, value);
  return target.pathname.replace(/\/$/, "") + target.search;
}
