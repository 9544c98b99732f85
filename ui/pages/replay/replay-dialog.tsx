/**
 * Sends deliveries again: always by a filter, always with an estimate that follows it, always as tasks. The filter
 * is held by the caller: in the address of the page of failed deliveries, or for as long as the dialog is open.
 */
import { useState } from "react";
import { useFace } from "../../face.tsx";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { FilterBar } from "../../parts/filter-bar.tsx";
import type { Filter, SearchHolder } from "../../parts/filter.ts";
import { useOpenPage } from "../../parts/page-link.tsx";
import { RangePresets } from "../../parts/range-presets.tsx";
import { useToast } from "../../parts/toast.tsx";
import { useBounds } from "../../parts/use-bounds.ts";
import { replayWords } from "../../words/replay.ts";
import { filtersWithout, RANGE_ALONE } from "../failed/failed-filter.ts";
import { EstimateView } from "./estimate-view.tsx";
import type { ReplayWarning } from "./estimate-view.tsx";
import { toAsked, useEstimate, useReplay } from "./replay-request.ts";
import type { ReplayScope } from "./replay-request.ts";
import styles from "./replay.module.css";

const PRESETS = ["night", "1h", "24h", "7d"] as const;

type ReplayDialogProps = {
  readonly scope: ReplayScope;
  readonly holder: SearchHolder;
  /** A warning about the endpoint whose missed events are sent. */
  readonly warning?: ReplayWarning | undefined;
  readonly onClose: () => void;
};

export function ReplayDialog({ scope, holder, warning, onClose }: ReplayDialogProps) {
  const { kind } = useFace();
  const asked = toAsked(scope, holder.search, useBounds(holder.search));
  const { estimate, isOld, error, retry } = useEstimate(asked);
  const { start, isBusy } = useReplay();
  const [problem, setProblem] = useState<string | null>(null);
  const note = useToast();
  const open = useOpenPage();
  const text = replayWords[scope.kind];
  const send = async (): Promise<void> => {
    setProblem(null);
    try {
      const { tasks, groupId } = await start(asked);
      note({
        title: scope.kind === "missed" ? replayWords.missedStarted : replayWords.started(tasks),
        action: {
          label: replayWords.showTasks,
          run: () => open({ to: "/tasks", search: groupId === null ? {} : { group: groupId } }),
        },
      });
      onClose();
    } catch (failure) {
      setProblem(failure instanceof Error ? failure.message : "");
    }
  };
  const isKnown = estimate !== undefined && !isOld && error === null;
  return (
    <Dialog
      title={text.title}
      isOpen
      isWide
      onClose={onClose}
      actions={
        <Button
          look="primary"
          disabled={!isKnown || estimate.estimate === 0 || isBusy}
          onClick={() => void send()}
        >
          {text.send}
        </Button>
      }
    >
      <div className={styles["filter"]}>
        <RangePresets label={replayWords.when} presets={PRESETS} holder={holder} />
        <FilterBar filters={toDialogFilters(scope, kind === "tenant")} holder={holder} />
      </div>
      <EstimateView
        kind={scope.kind}
        warning={warning}
        estimate={estimate}
        isOld={isOld}
        error={error}
        onRetry={retry}
      />
      {problem !== null && (
        <p className={styles["problem"]} role="alert">
          {replayWords.notStarted} {problem}
        </p>
      )}
    </Dialog>
  );
}

function toDialogFilters(scope: ReplayScope, isTenant: boolean): readonly Filter[] {
  if (scope.kind === "missed") return RANGE_ALONE;
  if (scope.endpoint !== null) return filtersWithout(["app", "endpoint_id"]);
  return filtersWithout(isTenant ? ["app"] : []);
}

/** A filter that lasts as long as its dialog. */
export function useHeldSearch(first: SearchHolder["search"]): SearchHolder {
  const [search, change] = useState(first);
  return { search, setSearch: (more) => change((now) => ({ ...now, ...more })) };
}
