/** The page of a customer without an endpoint: the way to a first event, and the form that begins it. */
import { useFace } from "../face.tsx";
import { EmptyState } from "../parts/states.tsx";
import { visitWords } from "../words/visit.ts";
import { AddEndpointForm } from "./add-endpoint-form.tsx";
import styles from "./first-endpoint.module.css";

const { tenant: texts } = visitWords;

export function FirstEndpoint() {
  const { can, session } = useFace();
  if (!can("ManageEndpoint")) return <EmptyState title={texts.readOnly} />;
  return (
    <section className={styles["visit"]} aria-labelledby="first-endpoint">
      <h2 id="first-endpoint">{texts.title}</h2>
      <p className={styles["hint"]}>{texts.hint}</p>
      <ol className={styles["steps"]}>
        {texts.steps.map((step, index) => (
          <li key={step}>
            <span className={styles["number"]} aria-hidden>
              {index + 1}
            </span>
            {step}
          </li>
        ))}
      </ol>
      {session.server.trialReceiver === null && <p className={styles["hint"]}>{texts.noServer}</p>}
      <AddEndpointForm />
    </section>
  );
}
