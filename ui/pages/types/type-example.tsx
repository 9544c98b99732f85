/** The payload of one event type, as its receivers get it. */
import { CATALOGUE } from "../../../src/core/events/catalogue.ts";
import { endpointWords } from "../../words/endpoints.ts";
import styles from "./event-type-chooser.module.css";

const EXAMPLES = new Map<string, string>(
  Object.values(CATALOGUE).map(({ type, example }) => [type, JSON.stringify(example, null, 2)]),
);

export function TypeExample({ name }: { readonly name: string }) {
  const { settings: texts } = endpointWords;
  return (
    <div className={styles["example"]}>
      <p className={styles["name"]}>{texts.exampleOf(name)}</p>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls needs the keyboard */}
      <pre tabIndex={0} role="region" aria-label={texts.exampleOf(name)}>
        {EXAMPLES.get(name) ?? texts.noExample}
      </pre>
    </div>
  );
}
