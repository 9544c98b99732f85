import type { QueueEndpoint } from "./queue-endpoint.ts";

export type RoutedEndpoint = QueueEndpoint & {
  /** Current fence of the shard. A delivery with this fence is leased. */
  readonly fence: number;
  /** Owner of the shard with a valid lease; null when absent. */
  readonly owner: string | null;
};
