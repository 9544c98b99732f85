/** The start of the portal leads to its first page. */
import { Navigate } from "@tanstack/react-router";
import { PORTAL_NAVIGATION } from "./navigation.tsx";

export function HomePage() {
  const first = PORTAL_NAVIGATION[0]?.items[0];
  return first === undefined ? null : <Navigate to={first.target.to} replace />;
}
