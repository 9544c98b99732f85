/** The face that a page is shown in. Pages of both faces ask it for their app, their links and their rights. */
import { createContext, use } from "react";
import type { Capability } from "../src/core/portal/capabilities.ts";
import type { Answer } from "./api/call.ts";

export type Session = Answer<"GET /api/v1/session">;

export type Face = {
  readonly kind: "operator" | "tenant";
  readonly session: Session;
  /** Whether the caller may do this; a button that it lacks is not shown. */
  readonly can: (capability: Capability) => boolean;
};

const FaceContext = createContext<Face | null>(null);
export const FaceProvider = FaceContext;

export function useFace(): Face {
  const face = use(FaceContext);
  if (face === null) throw new Error("there is no face around this part");
  return face;
}
