/** The request of a delivery as it is sent now, and as a command. */
import { useRead } from "../../api/reads.ts";
import { Button } from "../../parts/button.tsx";
import { Facts } from "../../parts/facts.tsx";
import { JsonView } from "../../parts/json-view.tsx";
import { ReadState } from "../../parts/states.tsx";
import { useCopy } from "../../parts/use-copy.ts";
import { useMaybeAppId } from "../../use-paths.ts";
import { words } from "../../words.ts";
import { attemptWords } from "../../words/attempts.ts";
import styles from "./attempt.module.css";

/** Without a `part` it is any of several webhooks of the event. */
export function RequestView(p: {
  /** Needed only on a page about all apps. */
  readonly app?: string;
  readonly event: string;
  readonly endpoint: string;
  readonly part?: number;
}) {
  const appOfPage = useMaybeAppId();
  const app = p.app ?? appOfPage ?? "";
  const { copy, isCopied } = useCopy();
  const read = useRead("GET /api/v1/app/{app}/msg/{msg}/endpoint/{endpoint}/request", {
    path: { app, msg: p.event, endpoint: p.endpoint },
    query: p.part === undefined ? {} : { part: p.part },
  });
  return (
    <ReadState read={read} skeletonRows={4}>
      {(request) => (
        <>
          <p className={styles["line"]}>
            <b>{request.method}</b> <span className={styles["url"]}>{request.url}</span>
            <Button onClick={() => copy(request.curl)}>
              {isCopied ? words.copied : attemptWords.copyCurl}
            </Button>
          </p>
          <details className={styles["headers"]}>
            <summary>
              {attemptWords.requestHeaders} ({attemptWords.asSent})
            </summary>
            <Facts
              rows={request.headers.map(({ name, value, hidden }) => [
                name,
                hidden ? <i>{attemptWords.hidden}</i> : value,
              ])}
            />
          </details>
          {request.body === null ? (
            <p className={styles["note"]}>{attemptWords.noBody}</p>
          ) : (
            <JsonView text={request.body} label={attemptWords.requestBody} />
          )}
        </>
      )}
    </ReadState>
  );
}
