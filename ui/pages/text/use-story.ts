/** A text with its events: a long story comes in parts, which are shown as one. */
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { worstVerdict } from "../../../src/core/verdict.ts";
import { callApi } from "../../api/call.ts";
import { readKey } from "../../api/reads.ts";
import type { Story } from "./endpoint-label.ts";

const CALL = "GET /api/v1/app/{app}/text/{text}";

export function useStory(path: { readonly app: string; readonly text: string }) {
  return useInfiniteQuery({
    queryKey: readKey(CALL, { path }),
    queryFn: ({ signal, pageParam }) =>
      callApi(
        CALL,
        { path, ...(pageParam === null ? {} : { query: { iterator: pageParam } }) },
        { signal },
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ iterator }) => iterator,
    placeholderData: keepPreviousData,
    select: ({ pages }) => join(pages),
  });
}

/** Endpoints of an earlier part may have no delivery in a later one, and the other way round. */
function join(parts: readonly Story[]): Story {
  const last = parts.at(-1);
  if (last === undefined) throw new Error("a story has at least one part");
  const endpoints = new Map(parts.flatMap((part) => part.endpoints).map((one) => [one.id, one]));
  return {
    ...last,
    endpoints: [...endpoints.values()],
    hasMoreEndpoints: parts.some((part) => part.hasMoreEndpoints),
    events: parts.flatMap((part) => part.events),
    worst: worstVerdict(parts.flatMap((part) => part.worst ?? [])),
    hasMoreAttempts: parts.some((part) => part.hasMoreAttempts),
  };
}
