/**
 * The releases of the official SDKs that the story is run with: the oldest usable, a middle, the newest.
 * `decisions/017-oldest-sdks.md` names the failures of the releases before the oldest.
 */
export type Release = {
  readonly language: "javascript" | "python" | "go";
  readonly version: string;
  /** The reason for this release. */
  readonly why: string;
  /** Fields of portal access that the release does not send. */
  readonly lacks?: readonly PortalField[];
};
export type PortalField = "application" | "capabilities" | "expiry" | "readOnly" | "sessionIds";

const LATER: readonly PortalField[] = ["capabilities", "sessionIds"];
const EARLY: readonly PortalField[] = [...LATER, "application", "expiry", "readOnly"];

export const RELEASES: readonly Release[] = [
  { language: "javascript", version: "0.53.2", why: "the oldest that passes" },
  { language: "javascript", version: "0.85.1", why: "the last release before 1.0", lacks: EARLY },
  { language: "javascript", version: "1.61.2", why: "sends JSON as text/plain", lacks: LATER },
  { language: "javascript", version: "2.5.0", why: "the newest" },
  {
    language: "python",
    version: "0.84.0",
    why: "the oldest that passes; ends every path in a slash",
    lacks: EARLY,
  },
  {
    language: "python",
    version: "1.45.1",
    why: "always sends a retention of 90 days",
    lacks: LATER,
  },
  { language: "python", version: "2.9.1", why: "the newest; reads the answer of rotateSecret" },
  // Later Go releases are another module, which not all registries have.
  { language: "go", version: "1.99.1", why: "the newest of its module" },
];
