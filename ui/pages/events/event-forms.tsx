/** The form of an event at each endpoint that has a delivery. A form is rendered by the server once it is opened. */
import { useState } from "react";
import { EmptyState } from "../../parts/states.tsx";
import { eventWords } from "../../words/events.ts";
import { RequestView } from "../attempts/request-view.tsx";
import styles from "./event-forms.module.css";

type Endpoint = { readonly id: string; readonly description: string; readonly url: string };

export function EventForms(p: {
  readonly event: string;
  readonly endpoints: readonly Endpoint[];
  readonly noDelivery: string;
}) {
  if (p.endpoints.length === 0) return <EmptyState title={p.noDelivery} />;
  return (
    <>
      <p className={styles["hint"]}>{eventWords.formsHint}</p>
      {p.endpoints.map((endpoint, index) => (
        <Form key={endpoint.id} event={p.event} endpoint={endpoint} isFirst={index === 0} />
      ))}
    </>
  );
}

function Form(p: {
  readonly event: string;
  readonly endpoint: Endpoint;
  readonly isFirst: boolean;
}) {
  const [isOpen, setOpen] = useState(p.isFirst);
  const { id, description, url } = p.endpoint;
  return (
    <details
      className={styles["form"]}
      open={isOpen}
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
    >
      <summary>
        <bdi>{description || url}</bdi>
      </summary>
      {isOpen && <RequestView event={p.event} endpoint={id} />}
    </details>
  );
}
