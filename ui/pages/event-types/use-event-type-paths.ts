/** Links to the catalogue, which belongs to no app: its address differs between the faces. */
import { useFace } from "../../face.tsx";
import type { Target } from "../../paths.ts";
import { operatorWords } from "../../words/operator.ts";
import { portalWords } from "../../words/portal.ts";

export type EventTypePaths = {
  readonly title: string;
  readonly list: Target;
  readonly one: (type: string) => Target;
};

export function useEventTypePaths(): EventTypePaths {
  const isTenant = useFace().kind === "tenant";
  const to = isTenant ? "/catalog" : "/event-types";
  return {
    title: isTenant ? portalWords.pages.catalog : operatorWords.pages.eventTypes,
    list: { to },
    one: (type) => ({ to: `${to}/$type`, params: { type } }),
  };
}
