/** The dashboard around its pages: signed in or not, the navigation, the top bar, the keys and the palette. */
import { Outlet } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useLiveReads } from "../api/live-reads.ts";
import { useFace } from "../face.tsx";
import { useOpenPage } from "../parts/page-link.tsx";
import { KeysDialog } from "../parts/keys-dialog.tsx";
import { SessionGate } from "../parts/session-gate.tsx";
import { Shell } from "../parts/shell.tsx";
import { TopControls, useControlKeys } from "../parts/top-controls.tsx";
import { useKeys } from "../parts/use-keys.ts";
import { words } from "../words.ts";
import { AccountMenu } from "./account-menu.tsx";
import { AppChooser } from "./app-chooser.tsx";
import { toNavigation } from "./navigation.tsx";
import { SignInPage } from "./sign-in-page.tsx";
import { useChosenApp } from "./use-chosen-app.ts";

const PaletteHits = lazy(async () => ({
  default: (await import("../pages/search/palette-hits.tsx")).PaletteHits,
}));
const Palette = lazy(async () => ({ default: (await import("../parts/palette.tsx")).Palette }));

export function OperatorShell() {
  return (
    <SessionGate kind="operator" signIn={<SignInPage />}>
      <SignedIn />
    </SessionGate>
  );
}

function SignedIn() {
  const [isSearching, setSearching] = useState(false);
  const app = useChosenApp();
  const open = useOpenPage();
  const groups = toNavigation(app, useFace().session.role);
  const pages = groups.flatMap(({ items }) => items);
  const search = (): void => setSearching(true);
  useLiveReads(null);
  useControlKeys();
  useKeys([
    { keys: "/", label: words.search, run: search },
    { keys: "Ctrl-K", label: words.search, run: search },
    ...pages.flatMap(({ key, label, target }) =>
      key === undefined
        ? []
        : [{ keys: `g ${key}`, label: words.keys.goTo(label), run: () => open(target) }],
    ),
  ]);
  return (
    <Shell
      name={words.product}
      home={{ to: "/" }}
      groups={groups}
      chooser={<AppChooser chosen={app} />}
      controls={
        <>
          <TopControls />
          <AccountMenu />
        </>
      }
      onSearch={search}
    >
      <Outlet />
      <KeysDialog />
      {isSearching && (
        <Palette
          isOpen
          onClose={() => setSearching(false)}
          pages={pages}
          renderHits={(text, onClose) => (
            // Inside the palette: its box would lose the focus and the typed text while the hits are loaded.
            <Suspense>
              <PaletteHits text={text} onClose={onClose} />
            </Suspense>
          )}
        />
      )}
    </Shell>
  );
}
