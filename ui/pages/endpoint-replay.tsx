/** Opens the dialog that sends an endpoint what it missed, or what failed. The open dialog is in the address. */
import { useFace } from "../face.tsx";
import { Button } from "../parts/button.tsx";
import { PageLink } from "../parts/page-link.tsx";
import { useSearchState } from "../parts/use-search.ts";
import { useAppPaths } from "../use-paths.ts";
import { endpointWords } from "../words/endpoints.ts";
import { replayWords } from "../words/replay.ts";
import type { EndpointPath } from "./endpoint-types.ts";
import styles from "./endpoint-page.module.css";
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

/** `since` is the time at which the endpoint stopped to receive. */
export function EndpointReplay(p: { readonly path: EndpointPath; readonly since: string | null }) {
  const { can } = useFace();
  const { search } = useSearchState();
  const kind = search["replay"];
  if ((kind !== "failed" && kind !== "missed") || !can("CreateAttempts")) return null;
  return <OpenedReplay key={kind} {...p} kind={kind} />;
}

function OpenedReplay(p: {
  readonly path: EndpointPath;
  readonly since: string | null;
  readonly kind: Kind;
}) {
  const { setSearch } = useSearchState();
  const isMissed = p.kind === "missed" && p.since !== null;
  const holder = useHeldSearch(isMissed ? { since: p.since ?? "" } : { range: "24h" });
  return (
    <ReplayDialog
      scope={{ kind: p.kind, ...p.path }}
      holder={holder}
      onClose={() => setSearch({ replay: undefined })}
    />
  );
}
