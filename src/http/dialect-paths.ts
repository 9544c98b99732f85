/** The dialect that a path belongs to, and the path that its routes know. */
import type { Dialect } from "../dialects/dialect.ts";

/** Returns the dialect with the longest prefix of the path. */
export function findDialect(dialects: readonly Dialect[], url: string): Dialect | undefined {
  const path = toPath(url);
  let found: Dialect | undefined;
  let longest = 0;
  for (const dialect of dialects) {
    for (const prefix of dialect.prefixes) {
      if (prefix.length <= longest || !isBelow(path, prefix)) continue;
      found = dialect;
      longest = prefix.length;
    }
  }
  return found;
}

/** Returns the URL with the path that the routes of its dialect know. */
export function rewriteUrl(dialects: readonly Dialect[], url: string): string {
  const path = toPath(url);
  for (const { rewritePath } of dialects) {
    const changed = rewritePath?.(path) ?? path;
    if (changed !== path) return changed + url.slice(path.length);
  }
  return url;
}

/** Returns the URL without its query. */
export function toPath(url: string): string {
  const end = url.indexOf("?");
  return end === -1 ? url : url.slice(0, end);
}

function isBelow(path: string, prefix: string): boolean {
  return path.startsWith(prefix) && (path.length === prefix.length || path[prefix.length] === "/");
}
