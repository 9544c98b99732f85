/** Adds an endpoint of the operator, or changes one. */
import { useState } from "react";
import type { OperationalEventType } from "../../../src/core/events/event-type.ts";
import { ApiError } from "../../api/api-error.ts";
import { useChange } from "../../api/reads.ts";
import type { ReadCall } from "../../api/reads.ts";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { Field } from "../../parts/field.tsx";
import { ErrorStrip } from "../../parts/states.tsx";
import { useToast } from "../../parts/toast.tsx";
import { operationalWords as texts } from "../../words/operational.ts";
import { words } from "../../words.ts";
import { OPERATIONAL_TYPES, type OperationalEndpoint } from "./operational-types.ts";
import styles from "./operational.module.css";

const READS: readonly ReadCall[] = ["GET /api/v1/operational-webhook/endpoint"];

export function OperationalForm(p: {
  /** Null adds one. */
  readonly endpoint: OperationalEndpoint | null;
  readonly onClose: () => void;
}) {
  const { endpoint, onClose } = p;
  const note = useToast();
  const [url, setUrl] = useState(endpoint?.url ?? "");
  const [description, setDescription] = useState(endpoint?.description ?? "");
  const [isDisabled, disable] = useState(endpoint?.disabled ?? false);
  const [types, setTypes] = useState<readonly string[]>(endpoint?.eventTypes ?? []);
  const add = useChange("POST /api/v1/operational-webhook/endpoint", READS);
  const change = useChange("PUT /api/v1/operational-webhook/endpoint/{endpoint}", READS);
  const error = add.error ?? change.error;
  const isBusy = add.isPending || change.isPending;
  const problems = error instanceof ApiError ? error.fields : [];
  const chosen = OPERATIONAL_TYPES.filter((type) => types.includes(type));
  const run = (): void => {
    const eventTypes: readonly OperationalEventType[] | null = chosen.length === 0 ? null : chosen;
    const fields = { url: url.trim(), description, eventTypes, disabled: isDisabled };
    const done = {
      onSuccess: () => {
        note({ title: texts.saved });
        onClose();
      },
    };
    if (endpoint === null) return add.mutate({ body: fields }, done);
    const { id, uid, metadata, throttleRate, signatureHeaders = null } = endpoint;
    const body = { ...fields, uid, metadata, throttleRate, signatureHeaders };
    change.mutate({ path: { endpoint: id }, body }, done);
  };
  const title = endpoint === null ? texts.add : texts.editOne(endpoint.url);
  return (
    <Dialog
      isOpen
      isWide
      title={title}
      onClose={onClose}
      actions={
        <Button look="primary" onClick={run} disabled={isBusy || url.trim() === ""}>
          {words.save}
        </Button>
      }
    >
      {error !== null && problems.length === 0 && (
        <ErrorStrip error={error} dataAt={0} onRetry={run} />
      )}
      <Field label={texts.url} problem={problems.find(({ field }) => field === "url")?.message}>
        {(ids) => <input {...ids} value={url} onChange={({ target }) => setUrl(target.value)} />}
      </Field>
      <Field label={texts.description}>
        {(ids) => (
          <input
            {...ids}
            value={description}
            onChange={({ target }) => setDescription(target.value)}
          />
        )}
      </Field>
      <fieldset className={styles["choices"]}>
        <legend>{texts.events}</legend>
        <p className={styles["hint"]}>{texts.eventsHint}</p>
        {OPERATIONAL_TYPES.map((type) => (
          <label key={type} className={styles["choice"]}>
            <input
              type="checkbox"
              checked={types.includes(type)}
              onChange={({ target }) =>
                setTypes((now) =>
                  target.checked ? [...now, type] : now.filter((one) => one !== type),
                )
              }
            />
            <code>{type}</code>
            <span className={styles["hint"]}>{texts.types[type]}</span>
          </label>
        ))}
      </fieldset>
      <label className={styles["choice"]}>
        <input
          type="checkbox"
          checked={isDisabled}
          onChange={({ target }) => disable(target.checked)}
        />
        {texts.isDisabled}
      </label>
    </Dialog>
  );
}
