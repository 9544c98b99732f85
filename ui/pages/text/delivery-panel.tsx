/** One delivery: its verdict, its attempts with their answers, and the request as the receiver gets it. */
import { toMark } from "../../../src/core/verdict.ts";
import { useFace } from "../../face.tsx";
import { Button } from "../../parts/button.tsx";
import { Panel } from "../../parts/panel.tsx";
import { StatusMark } from "../../parts/status-mark.tsx";
import { useKeys } from "../../parts/use-keys.ts";
import { useAppId } from "../../use-paths.ts";
import { textWords } from "../../words/texts.ts";
import { DeliveryAttempts } from "./delivery-attempts.tsx";
import { labelOf } from "./endpoint-label.ts";
import type { Cell, EventOfText, MarkedEndpoint } from "./endpoint-label.ts";
import { useSendAgain } from "./send-again.tsx";
import { useSentence } from "./use-sentence.ts";

export function DeliveryPanel(p: {
  readonly event: EventOfText;
  readonly cell: Cell;
  readonly endpoint: MarkedEndpoint | undefined;
  readonly onClose: () => void;
}) {
  const { event, cell, endpoint } = p;
  const app = useAppId();
  const { can } = useFace();
  const toSentence = useSentence();
  const sendAgain = useSendAgain();
  const place = { event: event.id, endpoint: cell.endpointId };
  const again = (): void => void sendAgain([place]);
  useKeys(can("CreateAttempts") ? [{ keys: "r", label: textWords.sendAgain, run: again }] : []);
  return (
    <Panel
      title={`${event.eventType} → ${labelOf(endpoint)}`}
      onClose={p.onClose}
      actions={
        can("CreateAttempts") && (
          <Button aria-keyshortcuts="r" onClick={again}>
            {textWords.sendAgain}
          </Button>
        )
      }
    >
      <p>
        <StatusMark state={toMark(cell.verdict)} isBoxed /> {toSentence(cell.verdict)}
      </p>
      <DeliveryAttempts app={app} {...place} part={cell.part} attempts={cell.attempts} />
    </Panel>
  );
}
