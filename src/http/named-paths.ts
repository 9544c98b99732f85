/**
 * Decides which paths are accepted. Clients resolve `.` and `..` in a path before they send it. So deleting
 * the endpoint `..` arrives as deleting its application, with a trailing slash. A call that changes a named
 * resource is therefore accepted only under the exact path of that resource.
 */

/** Releases of Svix's Python and JavaScript SDKs below 1.22 end each path in a slash. */
const ALWAYS_SLASHED = /^svix-libs\/(?:0\.\d+|1\.(?:\d|1\d|2[01]))\.\w+\/(?:python|javascript)\b/;

export type RequestedPath = {
  readonly method: string;
  /** Pattern of the route; undefined when no route matches. */
  readonly pattern: string | undefined;
  readonly path: string;
  /** Whether the route adds to a collection and names no existing resource. */
  readonly creates: boolean;
  readonly userAgent: string | undefined;
};

export const REFUSED_PATH =
  "A call that changes a named resource must use its exact path, without a trailing slash or an empty segment.";

export function isTakenPath({ method, pattern, path, creates, userAgent }: RequestedPath): boolean {
  if (isRead(method)) return true;
  const trimmed = path.endsWith("/") ? path.slice(0, -1) : path;
  const namesNothing = pattern !== undefined && !pattern.includes(":");
  if (namesNothing) return true;
  if (trimmed.includes("//") || trimmed.endsWith("/")) return false;
  if (trimmed === path || ALWAYS_SLASHED.test(userAgent ?? "")) return true;
  // Without the slash the path must still name all that the pattern names.
  return creates && trimmed.split("/").length === pattern?.split("/").length;
}

function isRead(method: string): boolean {
  return method === "GET" || method === "HEAD" || method === "OPTIONS";
}
