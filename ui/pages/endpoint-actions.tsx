/** Pause, resume and enable an endpoint of any API. Buttons that the caller may not use are absent. */
import Pause from "lucide-react/icons/pause";
import Play from "lucide-react/icons/play";
import { useChange, type ReadCall } from "../api/reads.ts";
import { useFace } from "../face.tsx";
import { Button } from "../parts/button.tsx";
import { useToast } from "../parts/toast.tsx";
import { endpointWords } from "../words/endpoints.ts";
import type { HealthState } from "./endpoint-health.tsx";

/** Reads that a change of an endpoint makes old. */
export const ENDPOINT_READS: readonly ReadCall[] = [
  "GET /api/v1/endpoint",
  "GET /api/v1/app/{app}/endpoint-health",
  "GET /api/v1/app/{app}/endpoint/{endpoint}",
  "GET /api/v1/overview",
];

type Subject = { readonly app: string; readonly endpoint: string; readonly state: HealthState };

export function StatusActions({ app, endpoint, state }: Subject) {
  const { can } = useFace();
  const note = useToast();
  const pause = useChange("POST /api/v1/app/{app}/endpoint/{endpoint}/pause", ENDPOINT_READS);
  const resume = useChange("POST /api/v1/app/{app}/endpoint/{endpoint}/resume", ENDPOINT_READS);
  const enable = useChange("POST /api/v1/app/{app}/endpoint/{endpoint}/enable", ENDPOINT_READS);
  if (!can("ManageEndpoint")) return null;
  const path = { app, endpoint };
  const failed = (error: Error): void =>
    note({ title: endpointWords.notDone, detail: error.message, isProblem: true });
  const done = (title: string) => ({ onSuccess: () => note({ title }), onError: failed });
  const isBusy = [pause, resume, enable].some(({ isPending }) => isPending);
  if (state === "paused") {
    return (
      <Button
        disabled={isBusy}
        icon={<Play size={14} aria-hidden />}
        onClick={() => resume.mutate({ path }, done(endpointWords.resumed))}
      >
        {endpointWords.resume}
      </Button>
    );
  }
  if (state === "disabled" || state === "switched_off") {
    return (
      <Button
        disabled={isBusy}
        icon={<Play size={14} aria-hidden />}
        onClick={() => enable.mutate({ path }, done(endpointWords.enabled))}
      >
        {endpointWords.enable}
      </Button>
    );
  }
  return (
    <Button
      disabled={isBusy}
      icon={<Pause size={14} aria-hidden />}
      onClick={() => pause.mutate({ path }, done(endpointWords.paused))}
    >
      {endpointWords.pause}
    </Button>
  );
}
