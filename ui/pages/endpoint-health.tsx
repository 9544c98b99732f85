/** The health of an endpoint: as a mark, and as the sentence that its page begins with. */
import type { ReactNode } from "react";
import type { Answer } from "../api/call.ts";
import { useFace } from "../face.tsx";
import { toCount } from "../parts/count.tsx";
import { AnswerLine, type AnswerTone } from "../parts/page-head.tsx";
import { StatusMark } from "../parts/status-mark.tsx";
import { Time } from "../parts/time.tsx";
import { endpointWords } from "../words/endpoints.ts";

export type EndpointItem = Answer<"GET /api/v1/endpoint">["data"][number];
export type Health = EndpointItem["health"];
export type HealthState = Health["state"];

const MARKS = {
  breaker_open: "failed",
  switched_off: "failed",
  asked_to_wait: "retrying",
  failing: "retrying",
  paused: "parked",
  disabled: "parked",
  ok: "delivered",
} as const satisfies Record<HealthState, string>;

const TONES = {
  breaker_open: "failed",
  switched_off: "failed",
  asked_to_wait: "retry",
  failing: "retry",
  paused: "parked",
  disabled: "parked",
  ok: "ok",
} as const satisfies Record<HealthState, AnswerTone>;

/** The words of the states for the person of this face. */
export function useHealthWords(): Readonly<Record<HealthState, string>> {
  const { kind } = useFace();
  const { states, ofTenant } = endpointWords;
  return kind === "tenant" ? { ...states, breaker_open: ofTenant.breaker_open } : states;
}

export function HealthMark({ health }: { readonly health: Health }) {
  const code = health.state === "ok" ? "" : lastFailure(health);
  const word = useHealthWords()[health.state];
  return (
    <StatusMark state={MARKS[health.state]}>
      {word}
      {code === "" || health.state === "paused" || health.state === "disabled" ? "" : `, ${code}`}
    </StatusMark>
  );
}

export function HealthSentence({ health }: { readonly health: Health }) {
  const { kind } = useFace();
  return (
    <AnswerLine tone={TONES[health.state]}>
      {toSentence(health, kind === "tenant")}
      {health.waiting > 0 && (
        <> {endpointWords.sentence.waiting(toCount(health.waiting, health.waitingIsExact))}</>
      )}
    </AnswerLine>
  );
}

function toSentence(health: Health, isTenant: boolean): ReactNode {
  const { sentence, ofTenant } = endpointWords;
  const { state, nextProbe, pausedUntil, failingSince, disablesAt } = health;
  switch (state) {
    case "breaker_open":
      return (
        <>
          {(isTenant ? ofTenant.sentence : sentence.breaker_open)(lastFailure(health))}{" "}
          {nextProbe !== null && (
            <>
              {isTenant ? ofTenant.nextProbe : sentence.nextProbe} <Time at={nextProbe} />.
            </>
          )}
        </>
      );
    case "asked_to_wait":
      return (
        <>
          {sentence.asked_to_wait} {pausedUntil !== null && <Time at={pausedUntil} />}.
        </>
      );
    case "failing":
      return (
        <>
          {sentence.failing(lastFailure(health))}{" "}
          {failingSince !== null && <Time at={failingSince} />}.{" "}
          {disablesAt !== null && (
            <>
              {sentence.disablesAt} <Time at={disablesAt} isExact />.
            </>
          )}
        </>
      );
    case "ok":
      return <WorkingSentence health={health} />;
    case "switched_off":
    case "paused":
    case "disabled":
      return sentence[state];
  }
}

function WorkingSentence({ health: { lastSuccess } }: { readonly health: Health }) {
  const { sentence } = endpointWords;
  if (lastSuccess === null) return sentence.quiet;
  return (
    <>
      {sentence.ok} {sentence.lastAnswer(String(lastSuccess.statusCode))},{" "}
      <Time at={lastSuccess.at} />.
    </>
  );
}

/** The status of the last failure, or its reason without an answer; empty when none is known. */
function lastFailure({ lastFailure: last }: Health): string {
  if (last === null) return "";
  return last.statusCode > 0 ? String(last.statusCode) : (last.reason ?? "").replaceAll("_", " ");
}

/** `99.8 %`, or a dash without an attempt. Only a full success is shown as 100 %. */
export function toShare(ok: number, all: number): string {
  if (all === 0) return "–";
  if (ok === all) return "100 %";
  return `${Math.min(99.9, Math.floor((ok * 1000) / all) / 10).toFixed(1)} %`;
}
