/** The cache of reads. A temporary failure is tried again; a refusal is shown at once. */
import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { isSignedOut, isTemporary } from "./api-error.ts";
import { readKey } from "./reads.ts";

const SESSION_KEY = readKey("GET /api/v1/session");
const FRESH_MS = 5_000;
const KEPT_MS = 5 * 60_000;
const MOST_RETRIES = 2;

export function createQueryClient(): QueryClient {
  /** A credential that ended shows in the read of the session, whose face then asks for a new one. */
  const onError = (error: unknown): void => {
    const session = client.getQueryState(SESSION_KEY);
    if (isSignedOut(error) && session?.status === "success" && session.fetchStatus === "idle") {
      void client.invalidateQueries({ queryKey: SESSION_KEY });
    }
  };
  const client = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: FRESH_MS,
        gcTime: KEPT_MS,
        retry: (failures, error) => isTemporary(error) && failures < MOST_RETRIES,
        // A read that fails must say so even when an older answer is shown.
        networkMode: "always",
      },
      mutations: { networkMode: "always", retry: false },
    },
  });
  return client;
}
