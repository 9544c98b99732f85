/** The sentence of a verdict, in the words of this face and the time zone of the person. */
import type { Verdict } from "../../../src/core/verdict.ts";
import { verdictSentence } from "../../../src/core/verdict-words.ts";
import { useFace } from "../../face.tsx";
import { toDateTime } from "../../parts/time-format.ts";
import { usePreferences } from "../../preferences.ts";

export function useSentence(): (verdict: Verdict<string>) => string {
  const { kind } = useFace();
  const { zone } = usePreferences();
  return (verdict) =>
    verdictSentence(verdict, { audience: kind, toTime: (time) => toDateTime(time, zone) });
}
