/** The marks of a text or an event at its endpoints, in a row of a list. */
import { MARKS, toMark } from "../../../src/core/verdict.ts";
import type { Row } from "../../api/reads.ts";
import { StatusMark } from "../../parts/status-mark.tsx";
import styles from "./text.module.css";
import { useSentence } from "./use-sentence.ts";

type Text = Row<"GET /api/v1/app/{app}/text">;

/** Single marks while they are few, else their numbers. An event may have fifty endpoints. */
const MOST_SINGLE = 3;

export function Marks({ marks }: Pick<Text, "marks">) {
  const toSentence = useSentence();
  const byState = Map.groupBy(marks, ({ verdict }) => toMark(verdict));
  const due = marks.length - (byState.get("not_due")?.length ?? 0);
  return (
    <span className={styles["marks"]}>
      {MARKS.flatMap((state) => {
        const ofState = byState.get(state) ?? [];
        const isCounted = state === "not_due" || due > MOST_SINGLE;
        if (ofState.length > 0 && isCounted) {
          return [
            <StatusMark key={state} state={state}>
              {ofState.length}
            </StatusMark>,
          ];
        }
        return ofState.map(({ endpointId, part, verdict }) => (
          <StatusMark key={`${endpointId} ${part}`} state={state} title={toSentence(verdict)}>
            {verdict.statusCode ?? ""}
          </StatusMark>
        ));
      })}
    </span>
  );
}
