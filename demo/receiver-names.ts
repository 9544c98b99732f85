/** The four receivers of the demo. Each is written for one API and owns the paths below its name. */
import type { Dialect } from "../src/core/snapshot.ts";

/** The receivers in the order in which they are shown. */
export const RECEIVERS = ["svix", "zipwhip", "sendblue", "chirp"] as const satisfies Dialect[];

export const LABELS: Readonly<Record<Dialect, string>> = {
  svix: "native",
  zipwhip: "Zipwhip",
  sendblue: "Sendblue",
  chirp: "Chirp",
};

/** Returns null for a path that belongs to no receiver. */
export function findReceiver(path: string): Dialect | null {
  return RECEIVERS.find((name) => path === `/${name}` || path.startsWith(`/${name}/`)) ?? null;
}
