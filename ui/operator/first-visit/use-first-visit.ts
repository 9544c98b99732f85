/**
 * How far the steps from an empty server to a first event are. Two small reads, and only while the server has at
 * most one app of which nothing was delivered.
 */
import { useEffect, useState } from "react";
import { useRead } from "../../api/reads.ts";
import { useFace } from "../../face.tsx";
import type { EndpointItem } from "../../pages/endpoint-health.tsx";
import { setPreferences, usePreferences } from "../../preferences.ts";

export type Visit = {
  readonly app: { readonly id: string; readonly name: string } | null;
  readonly endpoint: EndpointItem | null;
  readonly hasArrived: boolean;
  /** Hides the steps, for good if they are not done yet. */
  readonly close: () => void;
};

/** A second app shows that the server is in use. */
const MOST_APPS = 2;
const MOST_ENDPOINTS = 20;
const REFETCH_MS = 2_000;

/**
 * Since this page was loaded: `shown` when the steps were seen unfinished, so that their end is shown as well; `over`
 * when there is nothing more to ask.
 */
let progress: "new" | "shown" | "over" = "new";

function note(reached: "shown" | "over"): void {
  progress = reached;
}

/** Null when there is nothing to lead to. */
export function useFirstVisit(): Visit | "loading" | null {
  const { session } = useFace();
  const { hidesFirstSteps } = usePreferences();
  const [isClosed, setClosed] = useState(false);
  const mayAct = session.role === "admin" || session.role === "operator";
  const isAsked = mayAct && !hidesFirstSteps && !isClosed && progress !== "over";
  const apps = useRead(
    "GET /api/v1/app",
    { query: { limit: MOST_APPS } },
    { isEnabled: isAsked, refetchMs: REFETCH_MS },
  );
  const rows = apps.data?.data ?? [];
  const app = rows[0] ?? null;
  const endpoints = useRead(
    "GET /api/v1/app/{app}/endpoint-health",
    { path: { app: app?.id ?? "" }, query: { limit: MOST_ENDPOINTS } },
    { isEnabled: isAsked && app !== null && rows.length < MOST_APPS, refetchMs: REFETCH_MS },
  );
  const all = app === null ? [] : (endpoints.data?.data ?? []);
  const hasArrived = all.some(({ health }) => health.lastSuccess !== null);
  const isInUse = rows.length === MOST_APPS || (hasArrived && progress === "new");
  const isLoading = apps.data === undefined || (app !== null && endpoints.data === undefined);
  const isShown = isAsked && !isLoading && !isInUse && !hasArrived;
  useEffect(() => {
    if (isInUse) note("over");
    else if (isShown) note("shown");
  }, [isInUse, isShown]);
  if (!isAsked || isInUse || apps.error !== null || endpoints.error !== null) return null;
  if (isLoading) return "loading";
  return {
    app,
    endpoint: all.find(({ health }) => health.lastSuccess !== null) ?? all[0] ?? null,
    hasArrived,
    close: () => {
      if (!hasArrived) setPreferences({ hidesFirstSteps: true });
      note("over");
      setClosed(true);
    },
  };
}
