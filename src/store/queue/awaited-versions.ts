/**
 * The versions of a changed endpoint that an owner has not acknowledged (I11). A change waits for the owner of
 * the endpoint's shard at the time of the commit, at most until the end of the owner's lease. An owner that
 * listens for no changes starts no attempts, so nothing waits for it. Each rule stands here as a function, for
 * versions in memory, and as SQL, for rows of `endpoint_change`.
 */

/** Versions from `first` to `last` are not acknowledged by the owner under this fence. */
export type AwaitedVersions = {
  readonly first: number;
  readonly last: number;
  readonly fence: number;
};

/** Adds later versions. A new owner loads the endpoint with all former versions. */
export function addVersions(
  before: AwaitedVersions | null,
  added: AwaitedVersions,
): AwaitedVersions {
  if (before === null || before.fence !== added.fence) return added;
  return { ...added, first: Math.min(before.first, added.first) };
}

/** The columns of a row that conflicts with an inserted one. */
export const ADD_VERSIONS_SQL = `latest = excluded.latest, fence = excluded.fence,
  version = CASE WHEN endpoint_change.fence = excluded.fence
    THEN least(endpoint_change.version, excluded.version) ELSE excluded.version END`;

/** The rest when the owner starts no more attempts under `version` or an older one; null without a rest. */
export function acknowledgeVersion(
  awaited: AwaitedVersions,
  version: number,
): AwaitedVersions | null {
  if (isAcknowledgedBy(awaited, version)) return null;
  return { ...awaited, first: Math.max(awaited.first, version + 1) };
}

function isAcknowledgedBy({ last }: AwaitedVersions, version: number): boolean {
  return last <= version;
}

/** The two statements of an acknowledgement: the first deletes the row, or else the second changes it. */
export function acknowledgeSql(p: {
  readonly endpointId: string;
  readonly version: string;
  /** Holds for rows of the acknowledging owner. */
  readonly isOwn: string;
}): { readonly end: string; readonly shorten: string } {
  const ofOwner = `endpoint_id = ${p.endpointId} AND ${p.isOwn}`;
  return {
    end: `DELETE FROM endpoint_change WHERE latest <= ${p.version} AND ${ofOwner}`,
    shorten: `UPDATE endpoint_change SET version = ${p.version} + 1
      WHERE version <= ${p.version} AND ${ofOwner}`,
  };
}

/** Whether an attempt may still be sent under a version older than `version`. */
export function isAwaited({ first }: AwaitedVersions, version: number): boolean {
  return first <= version;
}

export function isAwaitedSql(row: string, version: string): string {
  return `${row}.version <= ${version}`;
}
