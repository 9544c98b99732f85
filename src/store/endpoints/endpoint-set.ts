/**
 * The token of a set of endpoints, and the rules for a change. A set is read with a token and changed only
 * while the token is still valid.
 */
import { createHash } from "node:crypto";
import { AppError } from "../../core/error.ts";
import type { EndpointRow } from "./endpoint-row.ts";
import type { EndpointSet, SetChange } from "../interface/endpoints.ts";

export const MAX_READ = 10_001;

export type SetVersion = Pick<EndpointRow, "id" | "version">;

/** Every change of an endpoint increments its version, so ids and versions identify the whole state. */
export function toToken(
  appId: string,
  rows: readonly SetVersion[],
  state: Uint8Array | null,
): string {
  const hash = createHash("sha256").update(appId);
  for (const { id, version } of rows) hash.update(`\n${id} ${version}`);
  if (state !== null) hash.update("\n\n").update(state);
  return hash.digest("base64url");
}

/**
 * A caller with a valid token knows the ids of the set, so any other id is refused. An endpoint that occurs
 * twice, or belongs to another set, is a bug of the caller.
 */
export function refuseOutside(
  p: EndpointSet & { change: SetChange },
  rows: readonly SetVersion[],
): void {
  const { create, update, remove } = p.change;
  const ids = new Set(rows.map(({ id }) => id));
  const named = [...update.map(({ endpointId }) => endpointId), ...remove];
  for (const id of named) {
    if (!ids.has(id)) throw new AppError("not_found", `This set has no endpoint "${id}".`);
  }
  if (new Set(named).size < named.length)
    throw new TypeError("a change of a set contains an endpoint twice");
  for (const { endpointId, dialect, lines } of create) {
    const isOfLine = p.line === null || (lines?.length === 1 && lines[0] === p.line);
    if (dialect !== p.dialect || !isOfLine) {
      throw new TypeError(`the endpoint ${endpointId} does not belong to the set`);
    }
  }
}
