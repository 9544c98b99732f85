import type { EndpointMatch } from "../../../core/events/endpoint-match.ts";

export type RoutedEndpoint = EndpointMatch & {
  readonly seq: number;
  readonly appSeq: number;
  readonly shard: number;
  /** Current fence of the shard. A delivery with this fence is leased. */
  readonly fence: number;
  /** Owner of the shard with a valid lease; null when absent. */
  readonly owner: string | null;
  readonly version: number;
  readonly parkedMs: number;
  readonly parkedAt: number | null;
  readonly skipAfterMs: number;
  /** When the open breaker lets its next probe through; null while the breaker is closed. */
  readonly probeAt: number | null;
  /** End of the latest probe that failed, while the breaker is open. */
  readonly probeFailedAt: number | null;
};
