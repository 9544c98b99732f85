/** The form of an event at each endpoint that has a delivery. A form is rendered by the server once it is opened. */
import { useState } from "react";
import type { List } from "../../api/reads.ts";
import { EmptyState, ListState } from "../../parts/states.tsx";
import { eventWords } from "../../words/events.ts";
import { RequestView } from "../attempts/request-view.tsx";
import styles from "./event-forms.module.css";

type Endpoint = { readonly id: string; readonly description: string; readonly url: string };

export function EventForms(p: {
  readonly event: string;
  readonly deliveries: List<Endpoint>;
  readonly noDelivery: string;
}) {
  return (
    <ListState list={p.deliveries} skeletonRows={4}>
      {(endpoints) =>
        endpoints.length === 0 ? (
          <EmptyState title={p.noDelivery} />
        ) : (
          <>
            <p className={styles["hint"]}>{eventWords.formsHint}</p>
            {endpoints.map((endpoint, index) => (
              <Form key={endpoint.id} event={p.event} endpoint={endpoint} isFirst={index === 0} />
            ))}
          </>
        )
      }
    </ListState>
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
