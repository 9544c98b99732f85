/** Behaviour for older releases of Svix's SDKs, which name themselves in `User-Agent`. */

/**
 * Python up to 1.56 expects status 204 from `rotateSecret`, as it was then, and treats any other as a
 * failure.
 */
const ROTATES_TO_204 = /^svix-libs\/(?:0\.\d+|1\.(?:\d|[1-4]\d|5[0-6]))\.\w+\/python\b/;

export function expectsNoContent(userAgent: string | undefined): boolean {
  return ROTATES_TO_204.test(userAgent ?? "");
}
