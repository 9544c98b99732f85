/** The four receivers of the demo: each was written for one API, and the paths below its name are its. */
import type { Dialect } from "../src/core/snapshot.ts";

/** In the order in which they are shown. */
export const RECEIVERS = ["svix", "zipwhip", "sendblue", "chirp"] as const satisfies Dialect[];

export const LABELS: Readonly<Record<Dialect, string>> = {
  svix: "native",
  zipwhip: "Zipwhip",
  sendblue: "Sendblue",
  chirp: "Chirp",
};

/** Null for a path that no receiver has. */
export function findReceiver(path: string): Dialect | null {
  return RECEIVERS.find((name) => path === `/${name}` || path.startsWith(`/${name}/`)) ?? null;
}
