/**
 * A page that is loaded when it opens. While the server does not answer, the chunk cannot be loaded: the page says so and
 * opens by itself once it can. The router would reload the window instead, which then shows the browser's own error.
 */
import { lazyRouteComponent } from "@tanstack/react-router";
import { useState } from "react";
import type { ReactNode } from "react";
import { words } from "../words.ts";
import { ErrorState } from "./states.tsx";
import { useRepeat } from "./use-repeat.ts";

type Page = () => ReactNode;
type Load = () => Promise<Page>;

export function toLazyPage(load: Load) {
  return lazyRouteComponent(async () => ({
    default: await load().catch(() => () => <UnloadedPage load={load} />),
  }));
}

function UnloadedPage({ load }: { readonly load: Load }) {
  const [loaded, setLoaded] = useState<{ readonly Page: Page } | null>(null);
  const tryAgain = async (): Promise<boolean> => {
    try {
      const Page = await load();
      setLoaded({ Page });
      return true;
    } catch {
      return false;
    }
  };
  useRepeat(loaded === null, () => void tryAgain());
  /** A newer server has other chunks, which only a new document names. */
  const retry = async (): Promise<void> => {
    if (!(await tryAgain()) && (await isServerThere())) window.location.reload();
  };
  if (loaded !== null) return <loaded.Page />;
  return <ErrorState error={null} title={words.notLoaded} onRetry={() => void retry()} />;
}

/** Shown in the place of a page that failed while it was drawn. */
export function FailedPage({ error }: { readonly error: unknown }) {
  return (
    <ErrorState error={error} title={words.failedPage} onRetry={() => window.location.reload()} />
  );
}

async function isServerThere(): Promise<boolean> {
  try {
    return (await fetch(window.location.href)).ok;
  } catch {
    return false;
  }
}
