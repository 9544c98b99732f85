/** Sends one event again: to one of its endpoints, or to all that do not have it. */
import type { Row } from "../../api/reads.ts";
import { useFace } from "../../face.tsx";
import { Button } from "../../parts/button.tsx";
import { Menu } from "../../parts/menu.tsx";
import { eventWords } from "../../words/events.ts";
import { labelOf } from "../text/endpoint-label.ts";
import { useSendAgain } from "../text/send-again.tsx";

type Delivery = Row<"GET /api/v1/app/{app}/msg/{msg}/endpoint">;

export function SendEventAgain(p: {
  readonly event: string;
  readonly deliveries: readonly Delivery[];
}) {
  const { can } = useFace();
  const sendAgain = useSendAgain();
  const { event, deliveries } = p;
  if (!can("CreateAttempts") || deliveries.length === 0) return null;
  const places = deliveries
    .filter(({ statusText }) => statusText !== "success")
    .map(({ id: endpoint }) => ({ event, endpoint }));
  const all =
    places.length < 2 ? [] : [{ label: eventWords.toAll, run: () => void sendAgain(places) }];
  const each = deliveries.map((endpoint) => ({
    label: eventWords.to(labelOf(endpoint)),
    run: () => void sendAgain([{ event, endpoint: endpoint.id }]),
  }));
  return (
    <Menu
      trigger={<Button aria-keyshortcuts="r">{eventWords.sendAgain}</Button>}
      shortcut={{ keys: "r", label: eventWords.sendAgain }}
      groups={[{ items: [...all, ...each] }]}
      align="end"
    />
  );
}
