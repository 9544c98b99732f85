/** The outcomes that are not stale: a delivery is leased while it carries the current fence of its shard (I2). */
import type { RecordedOutcome } from "../interface/queue.ts";
import type { Current, FencedEndpoints } from "./queue-statements.ts";

export function pickCurrent(
  outcomes: readonly RecordedOutcome[],
  { find, fence }: FencedEndpoints,
): readonly Current[] {
  const current: Current[] = [];
  for (const outcome of outcomes) {
    const endpoint = find(outcome.endpointId);
    if (endpoint === null || fence(endpoint.shard) !== outcome.fence) continue;
    current.push({ outcome, endpoint });
  }
  return current;
}
