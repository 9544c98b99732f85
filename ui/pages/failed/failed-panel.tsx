/** One failed delivery: its sentence, its attempts with their answers, and the ways on from here. */
import { useList } from "../../api/reads.ts";
import { useFace } from "../../face.tsx";
import { Button } from "../../parts/button.tsx";
import { PageLink } from "../../parts/page-link.tsx";
import { Panel } from "../../parts/panel.tsx";
import { ListState } from "../../parts/states.tsx";
import { StatusMark } from "../../parts/status-mark.tsx";
import { toHost } from "../../../src/core/delivery/to-host.ts";
import { pathsOf } from "../../paths.ts";
import { failedWords } from "../../words/failed.ts";
import { DeliveryAttempts } from "../text/delivery-attempts.tsx";
import { useSentence } from "../text/use-sentence.ts";
import { canSendAgain, toVerdict } from "./failed-delivery.ts";
import type { Failed } from "./failed-delivery.ts";
import styles from "./failed.module.css";

/** More attempts than a delivery makes by itself. */
const MOST_ATTEMPTS = 100;

export function FailedPanel(p: {
  readonly app: string;
  readonly row: Failed;
  readonly onSend: () => void;
  readonly onClose: () => void;
}) {
  const { app, row } = p;
  const { kind, can } = useFace();
  const toSentence = useSentence();
  const paths = pathsOf(kind === "tenant" ? null : app);
  return (
    <Panel
      title={`${row.eventType} → ${toHost(row.url)}`}
      onClose={p.onClose}
      actions={
        can("CreateAttempts") &&
        canSendAgain(row) && <Button onClick={p.onSend}>{failedWords.sendOne}</Button>
      }
    >
      <p>
        <StatusMark state="failed" isBoxed />{" "}
        {toSentence({ ...toVerdict(row), since: row.failedAt })}
      </p>
      <p className={styles["links"]}>
        <PageLink target={paths.event(row.msgId)}>{failedWords.openEvent}</PageLink>
        {row.endpointState !== "deleted" && (
          <PageLink target={paths.endpoint(row.endpointId)}>{failedWords.openEndpoint}</PageLink>
        )}
      </p>
      <Attempts app={app} row={row} />
    </Panel>
  );
}

function Attempts({ app, row }: { readonly app: string; readonly row: Failed }) {
  const list = useList("GET /api/v1/app/{app}/attempt/msg/{msg}", {
    path: { app, msg: row.msgId },
    query: { endpoint_id: row.endpointId, limit: MOST_ATTEMPTS, with_content: false },
  });
  return (
    <ListState list={list} skeletonRows={3}>
      {(rows) => (
        <DeliveryAttempts
          app={app}
          event={row.msgId}
          endpoint={row.endpointId}
          part={row.part}
          attempts={rows.toReversed().map((one, index) => ({
            id: one.id,
            at: one.timestamp,
            attempt: index + 1,
            statusCode: one.responseStatusCode,
            result: one.statusText === "success" ? ("success" as const) : ("fail" as const),
            manual: one.triggerType === 1,
          }))}
        />
      )}
    </ListState>
  );
}
