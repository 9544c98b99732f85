/**
 * A page that is loaded when it opens. While the server does not answer, the chunk cannot be loaded: the page says so and
 * opens by itself once it can. The router would reload the window instead, which then shows the browser's own error.
 * After an upgrade the chunk is gone, and the document is loaded again.
 */
import { lazyRouteComponent } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import type { ReactNode } from "react";
import { words } from "../words.ts";
import { reloadForNewerBuild } from "./newer-build.ts";
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
  const open = async (): Promise<void> => {
    if (!(await tryAgain())) await reloadForNewerBuild();
  };
  useReloadForNewerBuild();
  useRepeat(loaded === null, () => void open());
  /** By hand it is loaded again as often as a person wants. */
  const retry = async (): Promise<void> => {
    if (!(await tryAgain()) && (await isServerThere())) window.location.reload();
  };
  if (loaded !== null) return <loaded.Page />;
  return <ErrorState error={null} title={words.notLoaded} onRetry={() => void retry()} />;
}

/** Shown in the place of a page that failed while it was drawn. A part of it may be a chunk that is gone. */
export function FailedPage({ error }: { readonly error: unknown }) {
  useReloadForNewerBuild();
  return (
    <ErrorState error={error} title={words.failedPage} onRetry={() => window.location.reload()} />
  );
}

function useReloadForNewerBuild(): void {
  useEffect(() => void reloadForNewerBuild(), []);
}

async function isServerThere(): Promise<boolean> {
  try {
    return (await fetch(window.location.href)).ok;
  } catch {
    return false;
  }
}
