/** Opens the dialog that sends missed events or failed deliveries of an endpoint. The open dialog is in the address. */
import { useFace } from "../face.tsx";
import { Button } from "../parts/button.tsx";
import { PageLink } from "../parts/page-link.tsx";
import { useSearchState } from "../parts/use-search.ts";
import { useAppPaths } from "../use-paths.ts";
import { endpointWords } from "../words/endpoints.ts";
import { replayWords } from "../words/replay.ts";
import type { Health, HealthState } from "./endpoint-health.tsx";
import type { EndpointPath } from "./endpoint-types.ts";
import styles from "./endpoint-page.module.css";
import type { ReplayWarning } from "./replay/estimate-view.tsx";
import { ReplayDialog, useHeldSearch } from "./replay/replay-dialog.tsx";
import type { ReplayScope } from "./replay/replay-request.ts";

type Kind = ReplayScope["kind"];

export function EndpointMissed() {
  return (
    <div className={styles["form"]}>
      <p className={styles["note"]}>{endpointWords.missed.hint}</p>
      <div className={styles["buttons"]}>
        <OpenReplay kind="missed" />
      </div>
    </div>
  );
}

/** Above the failed attempts: the deliveries that failed for good, and a way to send them again. */
export function EndpointFailed({ path }: { readonly path: EndpointPath }) {
  const paths = useAppPaths();
  return (
    <p className={styles["buttons"]}>
      <PageLink target={paths.failed({ endpoint_id: path.endpoint })}>
        {endpointWords.failedForGood}
      </PageLink>
      <OpenReplay kind="failed" />
    </p>
  );
}

function OpenReplay({ kind }: { readonly kind: Kind }) {
  const { can } = useFace();
  const { setSearch } = useSearchState();
  if (!can("CreateAttempts")) return null;
  return (
    <Button look="primary" onClick={() => setSearch({ replay: kind })}>
      {replayWords[kind].openHere}
    </Button>
  );
}

type ReplayProps = { readonly path: EndpointPath; readonly health: Health | undefined };

/** By default the events since the endpoint stopped to receive. */
export function EndpointReplay(p: ReplayProps) {
  const { can } = useFace();
  const { search } = useSearchState();
  const kind = search["replay"];
  if ((kind !== "failed" && kind !== "missed") || !can("CreateAttempts")) return null;
  return <OpenedReplay key={kind} {...p} kind={kind} />;
}

const WARNINGS: Partial<Record<HealthState, ReplayWarning>> = {
  breaker_open: "breaker",
  disabled: "disabled",
  switched_off: "disabled",
  paused: "paused",
};

function OpenedReplay({ kind, path, health }: ReplayProps & { readonly kind: Kind }) {
  const { setSearch } = useSearchState();
  const since = health?.since ?? null;
  const isMissed = kind === "missed" && since !== null;
  const holder = useHeldSearch(isMissed ? { since } : { range: "24h" });
  return (
    <ReplayDialog
      scope={{ kind, ...path }}
      warning={WARNINGS[health?.state ?? "ok"]}
      holder={holder}
      onClose={() => setSearch({ replay: undefined })}
    />
  );
}
