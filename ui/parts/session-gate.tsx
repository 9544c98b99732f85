/**
 * Reads who is signed in, and shows the pages only then. Without a session the sign-in takes the place of the
 * page, at the same address, so signing in leads back to it.
 */
import type { ReactNode } from "react";
import { isSignedOut, isTemporary } from "../api/api-error.ts";
import { hasToken } from "../api/credential.ts";
import { useRead } from "../api/reads.ts";
import { FaceProvider } from "../face.tsx";
import type { Session } from "../face.tsx";
import { hasCapability } from "../../src/core/portal/capabilities.ts";
import { ErrorState } from "./states.tsx";
import { useRepeat } from "./use-repeat.ts";

export function SessionGate(p: {
  readonly kind: "operator" | "tenant";
  readonly signIn: ReactNode;
  readonly children: ReactNode;
}) {
  const needsToken = p.kind === "tenant" && !hasToken();
  const options = { isEnabled: !needsToken };
  const { data, error, refetch } = useRead("GET /api/v1/session", {}, options);
  const retry = (): void => void refetch();
  useRepeat(data === undefined && isTemporary(error), retry);
  if (needsToken || isSignedOut(error)) return p.signIn;
  if (data === undefined) {
    if (error === null) return null;
    return (
      <main>
        <ErrorState error={error} onRetry={retry} />
      </main>
    );
  }
  const can = (capability: Parameters<typeof hasCapability>[1]): boolean => mayDo(data, capability);
  return <FaceProvider value={{ kind: p.kind, session: data, can }}>{p.children}</FaceProvider>;
}

/** Only an admin sees secrets. */
const SECRETS: readonly string[] = ["ViewEndpointSecret", "ManageEndpointSecret"];

function mayDo(session: Session, capability: Parameters<typeof hasCapability>[1]): boolean {
  const { portal, role } = session;
  if (portal !== null) return hasCapability(portal.capabilities, capability);
  if (role === "viewer") return capability === "ViewBase";
  if (role === "operator") return !SECRETS.includes(capability);
  return role !== "publish";
}
