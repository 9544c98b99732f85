/** Sends the undelivered events of a text to one of its endpoints again. */
import { toMark } from "../../../src/core/verdict.ts";
import { callApi } from "../../api/call.ts";
import { refresh } from "../../api/reads.ts";
import { useQueryClient } from "@tanstack/react-query";
import { useFace } from "../../face.tsx";
import { Button } from "../../parts/button.tsx";
import { Menu } from "../../parts/menu.tsx";
import { useToast } from "../../parts/toast.tsx";
import { useMaybeAppId } from "../../use-paths.ts";
import { textWords } from "../../words/texts.ts";
import { labelOf } from "./endpoint-label.ts";
import type { Story } from "./endpoint-label.ts";

export type Place = {
  readonly event: string;
  readonly endpoint: string;
  /** The app of the event; needed only on a page about all apps. */
  readonly app?: string;
};

/** The reads that show the state of a delivery. */
const SHOWN = [
  "GET /api/v1/app/{app}/text/{text}",
  "GET /api/v1/app/{app}/msg",
  "GET /api/v1/app/{app}/msg/{msg}/endpoint",
  "GET /api/v1/app/{app}/attempt/msg/{msg}",
  "GET /api/v1/app/{app}/attempt/endpoint/{endpoint}",
  "GET /api/v1/app/{app}/delivery",
  "GET /api/v1/delivery",
] as const;

/** Makes deliveries due now, one after the other in the order of their events. */
export function useSendAgain(): (places: readonly Place[]) => Promise<void> {
  const appOfPage = useMaybeAppId();
  const client = useQueryClient();
  const toast = useToast();
  return async (places) => {
    try {
      for (const { event: msg, endpoint, app = appOfPage ?? "" } of places) {
        await callApi(
          "POST /api/v1/app/{app}/msg/{msg}/endpoint/{endpoint}/resend",
          { path: { app, msg, endpoint } },
          { idempotencyKey: crypto.randomUUID() },
        );
      }
      toast({ title: textWords.sentAgain });
    } catch (error) {
      const detail = error instanceof Error ? error.message : "";
      toast({ title: textWords.notSent, detail, isProblem: true });
    }
    await refresh(client, SHOWN);
  };
}

export function SendAgain({ story }: { readonly story: Story }) {
  const { can } = useFace();
  const sendAgain = useSendAgain();
  const items = story.endpoints.flatMap((endpoint) => {
    const places = story.events
      .filter(({ cells }) =>
        cells.some((cell) => cell.endpointId === endpoint.id && isMissing(cell)),
      )
      .map(({ id }) => ({ event: id, endpoint: endpoint.id }));
    if (places.length === 0 || endpoint.state === "deleted") return [];
    return [{ label: textWords.sendAgainTo(labelOf(endpoint)), run: () => void sendAgain(places) }];
  });
  if (!can("CreateAttempts") || items.length === 0 || story.text.expunged) return null;
  return (
    <Menu
      trigger={<Button aria-keyshortcuts="r">{textWords.sendAgain}</Button>}
      shortcut={{ keys: "r", label: textWords.sendAgain }}
      groups={[{ items }]}
      align="end"
    />
  );
}

function isMissing({ verdict }: Story["events"][number]["cells"][number]): boolean {
  const mark = toMark(verdict);
  return mark !== "delivered" && mark !== "not_due";
}
