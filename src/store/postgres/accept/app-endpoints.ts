/**
 * Endpoints of apps with their indexes for matching, kept between accepts. An entry is valid at one version of
 * the app's endpoints. At a later one, only the rows that changed since are read.
 */
import {
  type ChangingEndpointIndex,
  createEndpointIndex,
  type EndpointIndex,
} from "../../../core/events/endpoint-index.ts";
import { CACHED_WEIGHT, weighEndpoint } from "../../queue/queue-endpoint.ts";
import { createWeightedCache } from "../../weighted-cache.ts";
import type { LeaseClock } from "../cluster/lease-clock.ts";
import type { RoutedEndpoint } from "../../queue/routed-endpoint.ts";
import type { Connection } from "../connection.ts";
import { loadChangedEndpoints, loadEndpointsOfApps } from "../tenancy/endpoint-load.ts";
import type { AfterCommit } from "../cluster/after-commit.ts";

export type EndpointReader = Connection & {
  readonly node: LeaseClock;
  readonly afterCommit: Pick<AfterCommit, "changesEndpointsOf">;
};

type AppVersion = { readonly seq: number; readonly endpointsVersion: number };
type Found = Map<number, EndpointIndex<RoutedEndpoint>>;

export type AppEndpoints = {
  /** The endpoints of these apps, which are locked and have these versions. */
  load(tx: EndpointReader, apps: readonly AppVersion[]): Promise<Found>;
  clear(): void;
};

type Kept = { version: number; readonly index: ChangingEndpointIndex<RoutedEndpoint> };

export function createAppEndpoints(): AppEndpoints {
  const kept = createWeightedCache<number, Kept>({ limit: CACHED_WEIGHT });

  /** Adds the apps whose kept endpoints have the version of the row, and returns the others. */
  function findKept(apps: readonly AppVersion[], found: Found): readonly AppVersion[] {
    return apps.filter(({ seq, endpointsVersion }) => {
      const one = kept.get(seq);
      if (one?.version !== endpointsVersion) return true;
      found.set(seq, one.index);
      return false;
    });
  }

  /** `mayKeep` is false for an app whose endpoints the open transaction has changed: it may roll back. */
  async function loadAll(
    tx: EndpointReader,
    apps: readonly AppVersion[],
    found: Found,
    mayKeep: boolean,
  ): Promise<void> {
    const rows = await loadEndpointsOfApps(tx, toSeqs(apps));
    const indexes = new Map(
      apps.map(({ seq }) => [seq, createEndpointIndex<RoutedEndpoint>()] as const),
    );
    const weights = new Map<number, number>();
    for (const endpoint of rows) {
      const { appSeq } = endpoint;
      indexes.get(appSeq)?.put(endpoint, endpoint.seq);
      weights.set(appSeq, (weights.get(appSeq) ?? 0) + weighEndpoint(endpoint));
    }
    for (const { seq, endpointsVersion } of apps) {
      const index = indexes.get(seq) as ChangingEndpointIndex<RoutedEndpoint>;
      found.set(seq, index);
      const weight = 1 + (weights.get(seq) ?? 0);
      if (mayKeep) kept.set(seq, { version: endpointsVersion, index }, weight);
    }
  }

  /** Leaves out an app whose kept endpoints another accept has changed meanwhile. */
  async function loadChanges(
    tx: EndpointReader,
    apps: readonly AppVersion[],
    found: Found,
  ): Promise<void> {
    const since = new Map(apps.map(({ seq }) => [seq, kept.get(seq)?.version ?? 0] as const));
    const rows = Map.groupBy(await loadChangedEndpoints(tx, since), ({ appSeq }) => appSeq);
    for (const { seq, endpointsVersion } of apps) {
      const one = kept.get(seq);
      if (one === undefined || one.version !== since.get(seq)) continue;
      one.version = endpointsVersion;
      found.set(seq, one.index);
      for (const endpoint of rows.get(seq) ?? []) change(one.index, endpoint);
    }
  }

  function change(index: Kept["index"], endpoint: RoutedEndpoint): void {
    const { appSeq, endpointId } = endpoint;
    const before = index.find(endpointId);
    const isDeleted = endpoint.status === "deleted";
    if (isDeleted) index.remove(endpointId);
    else index.put(endpoint, endpoint.seq);
    const grown = isDeleted ? 0 : weighEndpoint(endpoint);
    kept.addWeight(appSeq, grown - (before === null ? 0 : weighEndpoint(before)));
  }

  return {
    async load(tx, apps) {
      const found: Found = new Map();
      const own = apps.filter(({ seq }) => tx.afterCommit.changesEndpointsOf(seq));
      if (own.length > 0) await loadAll(tx, own, found, false);
      let rest = findKept(
        apps.filter(({ seq }) => !found.has(seq)),
        found,
      );
      while (rest.length > 0) {
        const older = rest.filter(({ seq, endpointsVersion }) => {
          const version = kept.get(seq)?.version;
          return version !== undefined && version < endpointsVersion;
        });
        const others = rest.filter((app) => !older.includes(app));
        await Promise.all([loadChanges(tx, older, found), loadAll(tx, others, found, true)]);
        rest = findKept(
          rest.filter(({ seq }) => !found.has(seq)),
          found,
        );
      }
      return found;
    },
    clear: kept.clear,
  };
}

function toSeqs(apps: readonly AppVersion[]): readonly number[] {
  return apps.map(({ seq }) => seq);
}
