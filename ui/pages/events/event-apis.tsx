/** The form of an event in each API, whether or not an endpoint of that API exists, or why there is none. */
import type { Answer } from "../../api/call.ts";
import type { Reveal } from "../../api/reveal.ts";
import { toCount } from "../../parts/count.tsx";
import { JsonView } from "../../parts/json-view.tsx";
import { RevealStrip } from "../../parts/reveal-strip.tsx";
import { EmptyState, ReadState } from "../../parts/states.tsx";
import { endpointWords } from "../../words/endpoints.ts";
import { eventWords } from "../../words/events.ts";
import { useExplanation } from "./event-explanation.tsx";
import styles from "./event-forms.module.css";

type Form = Answer<"GET /api/v1/app/{app}/msg/{msg}/explanation">["forms"][number];

export function EventApis({
  path,
  reveal,
}: {
  readonly path: { readonly app: string; readonly msg: string };
  readonly reveal: Reveal<"POST /api/v1/app/{app}/msg/{msg}/explanation/reveal">;
}) {
  const read = useExplanation(path);
  return (
    <ReadState read={read}>
      {({ forms }) =>
        forms.length === 0 ? (
          <EmptyState title={eventWords.expired} />
        ) : (
          <>
            <p className={styles["hint"]}>{eventWords.apisHint}</p>
            <RevealStrip reveal={reveal} />
            {(reveal.answer?.forms ?? forms).map((form) => (
              <ApiForm key={form.api} form={form} />
            ))}
          </>
        )
      }
    </ReadState>
  );
}

function ApiForm({ form }: { readonly form: Form }) {
  const name = endpointWords.apis[form.api];
  if (form.event === null) {
    return (
      <section className={styles["api"]} aria-label={name}>
        <h3>{name}</h3>
        <p className={styles["hint"]}>{form.sentence}</p>
      </section>
    );
  }
  const left = form.webhooks - form.bodies.length;
  return (
    <section className={styles["api"]} aria-label={name}>
      <h3>
        {name} <code>{form.event}</code>
      </h3>
      {form.webhooks > 1 && <p className={styles["hint"]}>{eventWords.requests(form.webhooks)}</p>}
      {form.bodies.map(({ body, bytes }, index) =>
        body === null ? (
          <p key={index} className={styles["hint"]}>
            {eventWords.tooLarge(toCount(bytes))}
          </p>
        ) : (
          <JsonView key={index} text={body} label={eventWords.bodyOf(name, index)} />
        ),
      )}
      {left > 0 && <p className={styles["hint"]}>{eventWords.moreRequests(left)}</p>}
    </section>
  );
}
