/** The app of this page, or on a page about all apps the one that was chosen last. */
import { useParams } from "@tanstack/react-router";
import { useEffect } from "react";
import { isTemporary } from "../api/api-error.ts";
import { useRead } from "../api/reads.ts";
import { setPreferences, usePreferences } from "../preferences.ts";
import type { ChosenApp } from "./app-chooser.tsx";

export function useChosenApp(): ChosenApp | null {
  const { app: ofPage }: { readonly app?: string } = useParams({ strict: false });
  const { app: last } = usePreferences();
  useEffect(() => {
    if (ofPage !== undefined) setPreferences({ app: ofPage });
  }, [ofPage]);
  const id = ofPage ?? last;
  const { data, error } = useRead(
    "GET /api/v1/app/{app}",
    { path: { app: id ?? "" } },
    { isEnabled: id !== null },
  );
  const isGone = id !== null && error !== null && !isTemporary(error);
  useEffect(() => {
    // The search of all pages would ask for an app that is deleted.
    if (isGone) setPreferences(({ app }) => (app === id ? { app: null } : {}));
  }, [isGone, id]);
  if (id === null || isGone) return null;
  // The navigation does not wait for the name.
  return { id, name: data?.name ?? "…" };
}
