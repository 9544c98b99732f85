/** The request of a delivery as it is sent now, and as a command. */
import type { Answer } from "../../api/call.ts";
import { useRead } from "../../api/reads.ts";
import { useReveal } from "../../api/reveal.ts";
import { Button } from "../../parts/button.tsx";
import { Facts } from "../../parts/facts.tsx";
import { JsonView } from "../../parts/json-view.tsx";
import { RevealStrip } from "../../parts/reveal-strip.tsx";
import { ReadState } from "../../parts/states.tsx";
import { useCopy } from "../../parts/use-copy.ts";
import { useMaybeAppId } from "../../use-paths.ts";
import { words } from "../../words.ts";
import { attemptWords } from "../../words/attempts.ts";
import styles from "./attempt.module.css";

type Shown = Answer<"GET /api/v1/app/{app}/msg/{msg}/endpoint/{endpoint}/request">;

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
  const asked = {
    path: { app, msg: p.event, endpoint: p.endpoint },
    query: p.part === undefined ? {} : { part: p.part },
  };
  const read = useRead("GET /api/v1/app/{app}/msg/{msg}/endpoint/{endpoint}/request", asked);
  const reveal = useReveal(
    "POST /api/v1/app/{app}/msg/{msg}/endpoint/{endpoint}/request/reveal",
    asked,
  );
  return (
    <ReadState read={read} skeletonRows={4}>
      {(request) => (
        <>
          <RevealStrip reveal={reveal} />
          <Request request={reveal.answer ?? request} />
        </>
      )}
    </ReadState>
  );
}

function Request({ request }: { readonly request: Shown }) {
  const { copy, isCopied } = useCopy();
  return (
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
  );
}
