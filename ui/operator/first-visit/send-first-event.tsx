/** Sends an example to the endpoint, and shows the answer as it comes. */
import { useChange } from "../../api/reads.ts";
import type { Health } from "../../pages/endpoint-health.tsx";
import type { EndpointPath } from "../../pages/endpoint-types.ts";
import { TestAnswer } from "../../pages/test-answer.tsx";
import { ENDPOINT_READS } from "../../pages/endpoint-actions.tsx";
import { Button } from "../../parts/button.tsx";
import { visitWords } from "../../words/visit.ts";

const { operator: texts } = visitWords;
const EXAMPLE = { eventType: "message.received" } as const;

export function SendFirstEvent({ path, health }: { path: EndpointPath; health: Health }) {
  const send = useChange("POST /api/v1/app/{app}/endpoint/{endpoint}/send-example", ENDPOINT_READS);
  const isSent = send.data !== undefined;
  return (
    <>
      <p>{texts.sendHint}</p>
      <div>
        <Button
          look="primary"
          disabled={send.isPending}
          onClick={() => send.mutate({ path, body: EXAMPLE })}
        >
          {isSent ? texts.sendAgain : texts.send}
        </Button>
      </div>
      {send.error !== null && <p role="alert">{send.error.message}</p>}
      {isSent && <TestAnswer key={send.data.id} path={path} event={send.data.id} />}
      {isSent && health.lastFailure !== null && <p role="alert">{texts.notArrived}</p>}
    </>
  );
}
