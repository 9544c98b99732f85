/** What releases of Svix's SDKs need beside the API of today. They name themselves in `User-Agent`. */

/** Python up to 1.56 takes any status of `rotateSecret` but the 204 of its day for a failure. */
const ROTATES_TO_204 = /^svix-libs\/(?:0\.\d+|1\.(?:\d|[1-4]\d|5[0-6]))\.\w+\/python\b/;

export function expectsNoContent(userAgent: string | undefined): boolean {
  return ROTATES_TO_204.test(userAgent ?? "");
}
