/** The notices that the live stream wants: for all applications, and for some of them. */
import type { LiveWanted } from "./notice.ts";

/** By application; null is for all of them. */
export type LiveWants = ReadonlyMap<string | null, LiveWanted>;

const ORDER: readonly LiveWanted[] = ["nothing", "counts", "notices"];
/** Applications beyond this number share places, and get the greater wish of those at their place. */
const PLACES = 256;
const ALL = PLACES;

/** The greatest wish. */
export function mostWanted(wishes: Iterable<LiveWanted | undefined>): LiveWanted {
  let most = 0;
  for (const wish of wishes) if (wish !== undefined) most = Math.max(most, ORDER.indexOf(wish));
  return ORDER[most] ?? "nothing";
}

/** For threads that have no notices of the wishes. */
export function createSharedWants(): SharedArrayBuffer {
  return new SharedArrayBuffer(PLACES + 1);
}

export function shareWants(memory: SharedArrayBuffer, wants: LiveWants): void {
  const next = new Uint8Array(PLACES + 1);
  for (const [appId, wish] of wants) {
    const place = appId === null ? ALL : toPlace(appId);
    next[place] = Math.max(next[place] ?? 0, ORDER.indexOf(wish));
  }
  const shared = new Uint8Array(memory);
  for (const [place, wish] of next.entries()) Atomics.store(shared, place, wish);
}

export function openSharedWants(memory: SharedArrayBuffer): (appId: string) => LiveWanted {
  const shared = new Uint8Array(memory);
  return (appId) => {
    const own = Atomics.load(shared, toPlace(appId));
    return ORDER[Math.max(own, Atomics.load(shared, ALL))] ?? "nothing";
  };
}

function toPlace(appId: string): number {
  let hash = 0;
  for (let i = 0; i < appId.length; i++) hash = (hash * 31 + appId.charCodeAt(i)) | 0;
  return (hash >>> 0) % PLACES;
}
