/**
 * The leased deliveries of a node, counted per endpoint, per application and in all. So accept and claims lease
 * no more than fits and than is fair. A new fence begins at zero, and changes under an older fence are ignored.
 */
export type Leased = { readonly count: number; readonly bytes: number };

/** An endpoint whose deliveries are leased, as the counts know it. */
export type LeasedEndpoint = {
  readonly seq: number;
  readonly appSeq: number;
  readonly shard: number;
};

export type LeasedView = {
  /** Deliveries of the endpoint that are leased under this fence. */
  ofEndpoint(endpointSeq: number, fence: number): number;
  ofApp(appSeq: number): Leased;
  all(): Leased;
};

export type LeasedCounts = LeasedView & {
  /** Deliveries that became leased, and the bytes of their payloads. */
  add(endpoint: LeasedEndpoint, fence: number, count: number, bytes: number): void;
  /**
   * Deliveries that stopped being leased. Their bytes are the average, exact for the last one. Returns the
   * change that was made; null without one.
   */
  remove(endpointSeq: number, fence: number, count: number): Removed | null;
  /** Forgets the leases of shards that have other fences than these. */
  keepOnly(fence: (shard: number) => number | undefined): void;
  /** Applications with leases. */
  apps(): Iterable<number>;
};

type Removed = Leased & { readonly endpoint: LeasedEndpoint };
type Sum = { count: number; bytes: number };
type Entry = Sum & { readonly endpoint: LeasedEndpoint; readonly fence: number };

const NONE: Leased = { count: 0, bytes: 0 };

export function createLeasedCounts(): LeasedCounts {
  const entries = new Map<number, Entry>();
  const byApp = new Map<number, Sum>();
  const total: Sum = { count: 0, bytes: 0 };

  function change(entry: Entry, count: number, bytes: number): void {
    const { seq, appSeq } = entry.endpoint;
    let app = byApp.get(appSeq);
    if (app === undefined) byApp.set(appSeq, (app = { count: 0, bytes: 0 }));
    for (const sum of [entry, app, total]) {
      sum.count += count;
      sum.bytes += bytes;
    }
    if (entry.count === 0) entries.delete(seq);
    if (app.count === 0) byApp.delete(appSeq);
  }

  const drop = (entry: Entry): void => change(entry, -entry.count, -entry.bytes);

  return {
    ofEndpoint(endpointSeq, fence) {
      const known = entries.get(endpointSeq);
      return known?.fence === fence ? known.count : 0;
    },
    ofApp: (appSeq) => byApp.get(appSeq) ?? NONE,
    all: () => total,
    add(endpoint, fence, count, bytes) {
      let known = entries.get(endpoint.seq);
      if (known !== undefined && known.fence > fence) return;
      if (known !== undefined && known.fence < fence) {
        drop(known);
        known = undefined;
      }
      if (known === undefined) {
        const { seq, appSeq, shard } = endpoint;
        known = { endpoint: { seq, appSeq, shard }, fence, count: 0, bytes: 0 };
        entries.set(seq, known);
      }
      change(known, count, bytes);
    },
    remove(endpointSeq, fence, count) {
      const known = entries.get(endpointSeq);
      if (known === undefined || known.fence !== fence) return null;
      const ended = Math.min(count, known.count);
      const bytes = (known.bytes / known.count) * ended;
      change(known, -ended, -bytes);
      return { endpoint: known.endpoint, count: ended, bytes };
    },
    keepOnly(fence) {
      for (const entry of entries.values()) {
        if (fence(entry.endpoint.shard) !== entry.fence) drop(entry);
      }
    },
    apps: () => byApp.keys(),
  };
}
