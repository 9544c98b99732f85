import type { EndpointMatch } from "../../core/endpoint-match.ts";

export type RoutedEndpoint = EndpointMatch & {
  readonly seq: number;
  readonly appSeq: number;
  readonly shard: number;
  /** Of its shard, now. A delivery with this fence is leased. */
  readonly fence: number;
  /** The owner of its shard whose lease holds; null when there is none. */
  readonly owner: string | null;
  readonly version: number;
  readonly parkedMs: number;
  readonly parkedAt: number | null;
  readonly skipAfterMs: number;
  /** When the breaker lets its next probe through; null while it is closed. */
  readonly probeAt: number | null;
  /** Of an open breaker: the end of the latest probe that failed. */
  readonly probeFailedAt: number | null;
};
