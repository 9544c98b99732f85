/** Chooses event types, with an example of the one under the pointer or the focus beside them. */
import { lazy, Suspense, useState } from "react";
import { OPERATIONAL_EVENT_TYPES } from "../../../src/core/events/event-type.ts";
import { useRead } from "../../api/reads.ts";
import { Button } from "../../parts/button.tsx";
import { ErrorStrip } from "../../parts/states.tsx";
import { endpointWords } from "../../words/endpoints.ts";
import styles from "./event-type-chooser.module.css";

/** The catalogue with its examples is large. */
const TypeExample = lazy(async () => ({
  default: (await import("./type-example.tsx")).TypeExample,
}));

/** The types that most receivers need. */
const FIRST_TYPES = ["message.received", "message.sent", "message.progress"];
const MOST_TYPES = 250;
/** The app of operational endpoints, whose types are in no catalogue. */
const OPERATOR_APP = "app_operator";

export function EventTypeChooser(p: {
  readonly app: string;
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
  readonly problem: string | undefined;
}) {
  const { settings: texts } = endpointWords;
  const [shown, show] = useState<string | null>(null);
  const { names, read } = useTypeNames(p.app, p.chosen);
  const example = shown ?? names[0] ?? null;
  const toggle = (name: string): void => {
    const others = p.chosen.filter((one) => one !== name);
    p.onChange(others.length < p.chosen.length ? others : [...others, name]);
  };
  return (
    <fieldset className={styles["types"]}>
      <legend>{texts.types}</legend>
      <div className={styles["hint"]} aria-live="polite">
        {p.chosen.length === 0 ? texts.everyType : texts.someTypes(p.chosen.length)}
        {p.chosen.length > 0 && (
          <Button look="quiet" onClick={() => p.onChange([])}>
            {texts.clearTypes}
          </Button>
        )}
      </div>
      {read.error !== null && (
        <ErrorStrip
          error={read.error}
          dataAt={read.dataUpdatedAt}
          onRetry={() => void read.refetch()}
        />
      )}
      <div className={styles["both"]}>
        <ul className={styles["list"]}>
          {names.map((name) => (
            <li key={name}>
              <label onPointerEnter={() => show(name)}>
                <input
                  type="checkbox"
                  onFocus={() => show(name)}
                  checked={p.chosen.includes(name)}
                  onChange={() => toggle(name)}
                />
                {name}
              </label>
            </li>
          ))}
        </ul>
        {example !== null && (
          <Suspense fallback={<div className={styles["example"]} />}>
            <TypeExample name={example} />
          </Suspense>
        )}
      </div>
      {p.problem !== undefined && (
        <div className={styles["problem"]} role="alert">
          {p.problem}
        </div>
      )}
    </fieldset>
  );
}

/** Those that exist, and those that were chosen before they were archived. */
function useTypeNames(app: string, chosen: readonly string[]) {
  const isOperator = app === OPERATOR_APP;
  const read = useRead(
    "GET /api/v1/event-type",
    { query: { limit: MOST_TYPES } },
    { isEnabled: !isOperator },
  );
  const known: readonly string[] = isOperator
    ? OPERATIONAL_EVENT_TYPES
    : (read.data?.data ?? []).map(({ name }) => name);
  const first = FIRST_TYPES.filter((name) => known.includes(name));
  return { names: [...new Set([...first, ...known, ...chosen])], read };
}
