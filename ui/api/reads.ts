/**
 * Hooks that read and change through the API. A key is the name of the call and its request, so a change may
 * invalidate all reads of a call. A failed read keeps the last good data beside its error.
 */
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import type { QueryClient, UseQueryResult } from "@tanstack/react-query";
import { callApi, readText } from "./call.ts";
import type { Answer, CallName, Request } from "./call.ts";
import { livePace } from "./live-state.ts";

export type ReadCall = Extract<CallName, `GET ${string}`>;
export type ChangeCall = Exclude<CallName, ReadCall>;
/** A call whose answer is a page of a list. */
export type ListCall = {
  [N in ReadCall]: Answer<N> extends Page<unknown> ? N : never;
}[ReadCall];
export type Page<T> = {
  readonly data: readonly T[];
  readonly iterator: string | null;
  readonly done: boolean;
  /** How far a scan got that ended early. */
  readonly searchedTo?: string | null | undefined;
};
export type Row<N extends ListCall> = Answer<N> extends Page<infer T> ? T : never;

export type ReadOptions = {
  readonly isEnabled?: boolean;
  readonly refetchMs?: number;
};

/** Each answer sets the time of the next read, also one that the live stream asked for. */
function toRepeated(everyMs: number | undefined) {
  if (everyMs === undefined) return {};
  return { refetchInterval: () => livePace.toIntervalMs({ everyMs, now: performance.now() }) };
}

export function readKey<N extends ReadCall>(name: N, request: Request<N> = {}): readonly unknown[] {
  return [name, request];
}

export function useRead<N extends ReadCall>(
  name: N,
  request: Request<N> = {},
  { isEnabled = true, refetchMs }: ReadOptions = {},
): UseQueryResult<Answer<N>> {
  return useQuery({
    queryKey: readKey(name, request),
    queryFn: ({ signal }) => callApi(name, request, { signal }),
    enabled: isEnabled,
    placeholderData: keepPreviousData,
    ...toRepeated(refetchMs),
  });
}

/** The body as it was sent, for values that are shown digit by digit. */
export function useText<N extends ReadCall>(
  name: N,
  request: Request<N> = {},
  { isEnabled = true }: ReadOptions = {},
): UseQueryResult<string> {
  return useQuery({
    queryKey: [name, request, "text"],
    queryFn: ({ signal }) => readText(name, request, { signal }),
    enabled: isEnabled,
  });
}

export type List<T> = {
  readonly rows: readonly T[];
  readonly searchedTo: string | null;
  readonly hasMore: boolean;
  readonly isLoadingMore: boolean;
  readonly loadMore: () => void;
  readonly query: Pick<
    UseQueryResult,
    "error" | "isPending" | "isFetching" | "isPlaceholderData" | "dataUpdatedAt" | "refetch"
  >;
};

/** A list by cursor: its pages so far, and the next on demand. */
export function useList<N extends ListCall>(
  name: N,
  request: Request<N> = {},
  { isEnabled = true, refetchMs }: ReadOptions = {},
): List<Row<N>> {
  const query = useInfiniteQuery({
    queryKey: readKey(name, request),
    queryFn: ({ signal, pageParam }) => {
      const query = { ...request.query, ...(pageParam === null ? {} : { iterator: pageParam }) };
      return callApi(name, { ...request, query }, { signal }) as Promise<Page<Row<N>>>;
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ done, iterator }) => (done ? undefined : iterator),
    enabled: isEnabled,
    placeholderData: keepPreviousData,
    ...toRepeated(refetchMs),
  });
  const pages = query.data?.pages ?? [];
  return {
    rows: pages.flatMap(({ data }) => data),
    searchedTo: pages.at(-1)?.searchedTo ?? null,
    hasMore: query.hasNextPage,
    isLoadingMore: query.isFetchingNextPage,
    loadMore: () => void query.fetchNextPage(),
    query,
  };
}

/**
 * The answer of a change that is asked with `dry_run`, which changes nothing. The live stream does not repeat it:
 * its key does not begin with the name of the call.
 */
export function useDryRun<N extends ChangeCall>(
  name: N,
  request: Request<N>,
  { isEnabled = true }: ReadOptions = {},
): UseQueryResult<Answer<N>> {
  return useQuery({
    queryKey: ["dry run", name, request],
    queryFn: ({ signal }) => callApi(name, request, { signal }),
    enabled: isEnabled,
    placeholderData: keepPreviousData,
  });
}

/** A change. `refreshes` names the reads that it makes old. */
export function useChange<N extends ChangeCall>(name: N, refreshes: readonly ReadCall[] = []) {
  return useMutation<Answer<N>, Error, Request<N>>({
    mutationFn: (request) => callApi(name, request, { idempotencyKey: crypto.randomUUID() }),
    onSuccess: async (_answer, _request, _result, { client }) => {
      await refresh(client, refreshes);
    },
  });
}

export async function refresh(client: QueryClient, names: readonly ReadCall[]): Promise<void> {
  await Promise.all(names.map((name) => client.invalidateQueries({ queryKey: [name] })));
}
