/** The dashboard around its pages: signed in or not, the navigation, and the top bar. */
import { Outlet } from "@tanstack/react-router";
import { SessionGate } from "../parts/session-gate.tsx";
import { Shell } from "../parts/shell.tsx";
import { TopControls } from "../parts/top-controls.tsx";
import { words } from "../words.ts";
import { toNavigation } from "./navigation.tsx";
import { SignInPage } from "./sign-in-page.tsx";

export function OperatorShell() {
  return (
    <SessionGate kind="operator" signIn={<SignInPage />}>
      <Shell
        name={words.product}
        home={{ to: "/" }}
        groups={toNavigation(null)}
        controls={<TopControls />}
      >
        <Outlet />
      </Shell>
    </SessionGate>
  );
}
