/**
 * Apps and the endpoints that matching reads, cached between accepts. The app's row has the version of its
 * endpoints, which every accept reads under the app's lock. So every accept after an answered change sees that
 * change, on any node (I11).
 */
import type { EndpointIndex } from "../../../core/events/endpoint-index.ts";
import type { OwnLimits } from "../../../core/limits.ts";
import type { Account } from "../../../core/snapshot.ts";
import { ACCOUNT_EMAIL, findNamedApp, isNamed, toAccount } from "../../tenancy/app-row.ts";
import type { RoutedEndpoint } from "../../queue/routed-endpoint.ts";
import { toOwnLimits } from "../../tenancy/own-limits.ts";
import { lockShared } from "../server/locks.ts";
import { createAppEndpoints, type EndpointReader } from "./app-endpoints.ts";

export type AcceptApp = {
  readonly seq: number;
  readonly id: string;
  readonly account: Account;
  readonly ownLimits: OwnLimits;
  readonly hasErasedOptOuts: boolean;
  /** Endpoints that are not deleted. Shard, fence and owner are those at the time of reading. */
  readonly endpoints: EndpointIndex<RoutedEndpoint>;
  /** Whether the app has events that are not fanned out. */
  readonly isFanningOut: boolean;
};

export type AppCache = {
  /** Live apps by the given ref, an id or a uid. They stay locked until the transaction ends. */
  load(tx: EndpointReader, refs: readonly string[]): Promise<ReadonlyMap<string, AcceptApp>>;
  /** Called when a connection is lost: the next server may have lost changes that the last one had. */
  forgetEndpoints(): void;
};

type AppRow = {
  readonly seq: number;
  readonly id: string;
  readonly uid: string | null;
  readonly name: string;
  readonly accountEmail: string | null;
  readonly ownLimits: string | null;
  readonly endpointsVersion: number;
  readonly isFanningOut: boolean;
  readonly hasErasedOptOuts: boolean;
};

/** At this number the refs are forgotten. It bounds memory, not the number of apps. */
const REF_LIMIT = 20_000;
const COLUMNS = `seq, id, uid, name, own_limits, metadata::json ->> '${ACCOUNT_EMAIL}' AS account_email,
  endpoints_version, has_erased_opt_outs, EXISTS (SELECT FROM fan_out WHERE app_seq = app.seq) AS is_fanning_out`;

export function createAppCache(): AppCache {
  const seqs = new Map<string, number>();
  const appEndpoints = createAppEndpoints();

  async function find(tx: EndpointReader, refs: readonly string[]): Promise<void> {
    const rows = await tx.sql<AppRow>(
      `SELECT ${COLUMNS} FROM app WHERE (id = ANY ($1) OR uid = ANY ($1)) AND deleted_at IS NULL`,
      [refs],
    );
    if (seqs.size + refs.length > REF_LIMIT) seqs.clear();
    for (const ref of refs) {
      const row = findNamedApp(rows, ref);
      if (row !== undefined) seqs.set(ref, row.seq);
    }
  }

  /** Locks the apps, then reads their rows and their endpoints. */
  async function read(
    tx: EndpointReader,
    appSeqs: readonly number[],
  ): Promise<ReadonlyMap<number, { readonly row: AppRow; readonly app: AcceptApp }>> {
    const [, rows] = await Promise.all([
      lockShared(tx, "app", appSeqs),
      tx.sql<AppRow>(
        `SELECT ${COLUMNS} FROM app WHERE seq = ANY ($1::bigint[]) AND deleted_at IS NULL`,
        [appSeqs],
      ),
    ]);
    const endpoints = await appEndpoints.load(tx, rows);
    return new Map(
      rows.map((row) => {
        const index = endpoints.get(row.seq) as EndpointIndex<RoutedEndpoint>;
        return [row.seq, { row, app: toApp(row, index) }] as const;
      }),
    );
  }

  async function load(
    tx: EndpointReader,
    refs: readonly string[],
  ): Promise<ReadonlyMap<string, AcceptApp>> {
    const unknown = refs.filter((ref) => !seqs.has(ref));
    if (unknown.length > 0) await find(tx, unknown);
    const known = refs.filter((ref) => seqs.has(ref));
    const rows = await read(tx, [...new Set(known.map((ref) => seqs.get(ref) as number))]);
    const found = new Map<string, AcceptApp>();
    const gone: string[] = [];
    for (const ref of known) {
      const one = rows.get(seqs.get(ref) as number);
      if (one !== undefined && isNamed(one.row, ref)) found.set(ref, one.app);
      else gone.push(ref);
    }
    if (gone.length === 0) return found;
    // The app is deleted, or its uid now belongs to another app. A second lookup decides.
    for (const ref of gone) seqs.delete(ref);
    await find(tx, gone);
    const again = gone.filter((ref) => seqs.has(ref));
    if (again.length === 0) return found;
    for (const [ref, app] of await load(tx, again)) found.set(ref, app);
    return found;
  }

  return { load, forgetEndpoints: appEndpoints.clear };
}

function toApp(
  { seq, id, name, accountEmail, isFanningOut, ...row }: AppRow,
  endpoints: EndpointIndex<RoutedEndpoint>,
): AcceptApp {
  const account = toAccount(name, accountEmail);
  const ownLimits = toOwnLimits(row.ownLimits);
  const { hasErasedOptOuts } = row;
  return { seq, id, account, ownLimits, hasErasedOptOuts, endpoints, isFanningOut };
}
