/** The portal around its pages. A page without a token asks for a new link. */
import { Outlet } from "@tanstack/react-router";
import { KeysDialog } from "../parts/keys-dialog.tsx";
import { SessionGate } from "../parts/session-gate.tsx";
import { Shell } from "../parts/shell.tsx";
import { EmptyState } from "../parts/states.tsx";
import { TopControls } from "../parts/top-controls.tsx";
import { portalWords } from "../words/portal.ts";
import { words } from "../words.ts";

export function PortalShell() {
  return (
    <SessionGate kind="tenant" signIn={<SignedOut />}>
      <Shell
        name={words.product}
        home={{ to: "/" }}
        groups={[]}
        controls={<TopControls canUnmask={false} />}
      >
        <KeysDialog />
        <Outlet />
      </Shell>
    </SessionGate>
  );
}

function SignedOut() {
  return (
    <main>
      <EmptyState title={portalWords.signedOut.title}>{portalWords.signedOut.hint}</EmptyState>
    </main>
  );
}
