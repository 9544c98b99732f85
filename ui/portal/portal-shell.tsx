/** The portal around its pages. A page without a token asks for a new link. */
import { Outlet } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { hasToken } from "../api/credential.ts";
import { useLiveReads } from "../api/live-reads.ts";
import { buttonClass } from "../parts/button.tsx";
import { KeysDialog } from "../parts/keys-dialog.tsx";
import { useSearchPalette } from "../pages/search/search-palette.tsx";
import { SessionGate } from "../parts/session-gate.tsx";
import { Shell } from "../parts/shell.tsx";
import { EmptyState, ErrorState } from "../parts/states.tsx";
import { TopControls, useControlKeys } from "../parts/top-controls.tsx";
import { useRepeat } from "../parts/use-repeat.ts";
import { useAppId } from "../use-paths.ts";
import { portalWords } from "../words/portal.ts";
import { portalLook } from "./chosen-look.ts";
import { notifyExpired } from "./host-page.ts";
import { PORTAL_NAVIGATION } from "./navigation.tsx";
import { forgetPortalSession, linkFailure, retryLink } from "./portal-session.ts";

export function PortalShell() {
  const [failure, setFailure] = useState(linkFailure);
  const retry = async (): Promise<void> => {
    await retryLink();
    setFailure(linkFailure());
  };
  const isUnsettled = failure !== null && !hasToken();
  useRepeat(isUnsettled, () => void retry());
  if (isUnsettled) {
    return (
      <main>
        <ErrorState error={failure} onRetry={() => void retry()} />
      </main>
    );
  }
  return (
    <SessionGate kind="tenant" signIn={<SignedOut />}>
      <SignedIn />
    </SessionGate>
  );
}

function SignedIn() {
  const { open, palette } = useSearchPalette(PORTAL_NAVIGATION);
  useLiveReads(useAppId());
  useControlKeys();
  return (
    <Shell
      name={portalLook.name}
      icon={portalLook.icon}
      home={{ to: "/" }}
      groups={PORTAL_NAVIGATION}
      controls={<TopControls />}
      onSearch={open}
    >
      <KeysDialog />
      <Outlet />
      {palette}
    </Shell>
  );
}

function SignedOut() {
  useEffect(() => {
    forgetPortalSession();
    notifyExpired();
  }, []);
  const { returnUrl } = portalLook;
  return (
    <main>
      <EmptyState
        title={portalWords.signedOut.title}
        action={
          returnUrl !== null && (
            <a href={returnUrl} target="_top" rel="noreferrer" className={buttonClass("primary")}>
              {portalWords.signedOut.back}
            </a>
          )
        }
      >
        {portalWords.signedOut.hint}
      </EmptyState>
    </main>
  );
}
