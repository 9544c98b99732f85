/** The hits of a text: in the app of the page or the one chosen last, and for an operator in all apps. */
import { useEffect, useState } from "react";
import type { Answer } from "../../api/call.ts";
import { useList, useRead } from "../../api/reads.ts";
import type { List } from "../../api/reads.ts";
import { isMaskedNumber, maskPartly } from "../../../src/core/privacy/mask-number.ts";
import { useFace } from "../../face.tsx";
import { pathsOf } from "../../paths.ts";
import type { Target } from "../../paths.ts";
import { usePreferences } from "../../preferences.ts";
import { useMaybeAppId } from "../../use-paths.ts";

export type Hit = Answer<"GET /api/v1/app/{app}/search">["data"][number];

export type Hits = {
  readonly list: List<Hit>;
  readonly app: string | null;
  readonly toTarget: (hit: Hit) => Target;
};

const SETTLED_MS = 150;

export function useHits(text: string): Hits {
  const { kind } = useFace();
  const { app: last } = usePreferences();
  const ofPage = useMaybeAppId();
  const app = kind === "operator" ? (ofPage ?? last) : ofPage;
  const q = useSettled(text);
  const isAsked = q !== "" && q === text;
  const own = useList(
    "GET /api/v1/app/{app}/search",
    { path: { app: app ?? "" }, query: { q } },
    { isEnabled: isAsked && app !== null },
  );
  const all = useRead(
    "GET /api/v1/search",
    { query: { q } },
    { isEnabled: isAsked && kind === "operator" },
  );
  const ofApp = { ...own.query, data: { data: own.rows } };
  const reads = [...(app === null ? [] : [ofApp]), ...(kind === "operator" ? [all] : [])];
  // While a read is under way its data is of the text before, whose hits must not be opened.
  const isOld = reads.some((read) => read.isPending || read.isPlaceholderData);
  const rows = isAsked
    ? once(
        reads.flatMap(({ data, isPlaceholderData }) =>
          isPlaceholderData ? [] : (data?.data ?? []),
        ),
      )
    : [];
  const isPending = text !== "" && (!isAsked || isOld);
  const failed = reads.find(({ error }) => error !== null);
  const query = failed ?? reads[0] ?? all;
  return {
    list: {
      ...own,
      rows,
      searchedTo: isAsked && !own.query.isPlaceholderData ? own.searchedTo : null,
      query: { ...query, isPending },
    },
    app,
    toTarget: (hit) => toTarget(hit, { app: kind === "operator" ? hit.app : null, typed: text }),
  };
}

/** Each thing once: an id may be found in the app and over all apps. */
function once(hits: readonly Hit[]): readonly Hit[] {
  return [
    ...new Map(hits.toReversed().map((hit) => [`${hit.kind} ${hit.id}`, hit])).values(),
  ].toReversed();
}

function toTarget(
  { kind, id }: Hit,
  { app, typed }: { readonly app: string | null; readonly typed: string },
): Target {
  const paths = pathsOf(app);
  switch (kind) {
    case "text":
      return paths.text(id);
    case "event":
      return paths.event(id);
    case "endpoint":
      return paths.endpoint(id);
    case "contact":
      return paths.texts({ number: toNumber(id, typed) });
    case "task":
      return app === null ? paths.tasks() : { to: "/tasks" };
    case "app":
      return paths.texts();
  }
}

/** A number that the server masks is the one that was typed, if it was typed whole. No filter has a part of one. */
function toNumber(shown: string, typed: string): string | undefined {
  if (!isMaskedNumber(shown)) return shown;
  const digits = typed.replaceAll(/\D/g, "");
  return [digits, `+${digits}`].find((number) => maskPartly(number) === shown);
}

/** The text once a person has paused in writing it. */
function useSettled(text: string): string {
  const [settled, settle] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => settle(text), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
