/** Rows that are read already, as a list that has no further page. */
import type { List } from "../api/reads.ts";

export function toWholeList<T>(rows: readonly T[]): List<T> {
  return {
    rows,
    searchedTo: null,
    hasMore: false,
    isLoadingMore: false,
    loadMore: () => undefined,
    query: READ,
  };
}

/** The page shows the state of the read itself. */
const READ = {
  error: null,
  isPending: false,
  isFetching: false,
  isPlaceholderData: false,
  dataUpdatedAt: 0,
  refetch: () => Promise.reject(new Error("the rows are not read by the list")),
} as const;
