/** The dashboard around its pages: signed in or not, the navigation, the top bar, the keys and the palette. */
import { Outlet, useParams } from "@tanstack/react-router";
import { useLiveReads } from "../api/live-reads.ts";
import { useFace } from "../face.tsx";
import { KeysDialog } from "../parts/keys-dialog.tsx";
import { useSearchPalette } from "../pages/search/search-palette.tsx";
import { SessionGate } from "../parts/session-gate.tsx";
import { Shell } from "../parts/shell.tsx";
import { TopControls, useControlKeys } from "../parts/top-controls.tsx";
import { words } from "../words.ts";
import { AccountMenu } from "./account-menu.tsx";
import { AppChooser } from "./app-chooser.tsx";
import { isLoginAddress } from "./link-key.ts";
import { LoginPage } from "./login-page.tsx";
import { toNavigation } from "./navigation.tsx";
import { SignInPage } from "./sign-in-page.tsx";
import { useChosenApp } from "./use-chosen-app.ts";

export function OperatorShell() {
  return (
    <SessionGate kind="operator" signIn={<SignInPage />}>
      {isLoginAddress() ? <LoginPage /> : <SignedIn />}
    </SessionGate>
  );
}

function SignedIn() {
  const app = useChosenApp();
  const groups = toNavigation(app, useFace().session.role);
  const { open, palette } = useSearchPalette(groups);
  // A page of one app needs no notice of others.
  const { app: ofPage }: { readonly app?: string } = useParams({ strict: false });
  useLiveReads(ofPage ?? null);
  useControlKeys();
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
      onSearch={open}
    >
      <Outlet />
      <KeysDialog />
      {palette}
    </Shell>
  );
}
