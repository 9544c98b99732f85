/** The fields of an endpoint, each with its refusal, and the check of its URL. */
import { useState } from "react";
import type { ReactNode } from "react";
import { ApiError } from "../api/api-error.ts";
import { useChange } from "../api/reads.ts";
import { EXPONENTIAL_72_HOURS } from "../../src/core/delivery/retry-schedule.ts";
import { useFace } from "../face.tsx";
import { Button } from "../parts/button.tsx";
import { CopyableId } from "../parts/copyable-id.tsx";
import { Field, type FieldIds } from "../parts/field.tsx";
import { StatusMark } from "../parts/status-mark.tsx";
import { Time } from "../parts/time.tsx";
import { endpointWords } from "../words/endpoints.ts";
import { visitWords } from "../words/visit.ts";
import { toList, toWaits, type Form } from "./endpoint-form.ts";
import { EventTypeChooser } from "./types/event-type-chooser.tsx";
import styles from "./endpoint-page.module.css";

type FieldsProps = {
  readonly app: string;
  readonly form: Form;
  readonly write: (change: Partial<Form>) => void;
  readonly error: Error | null;
};

const { settings: texts } = endpointWords;
const ROWS = [
  ["channels", texts.channels, texts.listHint],
  ["tags", texts.tags, texts.listHint],
  ["lines", texts.lines, texts.listHint],
] as const;

export function EndpointFields(p: FieldsProps) {
  const { form } = p;
  const text = (name: keyof Form, label: string, hint?: string) => (
    <TextField
      {...p}
      key={name}
      name={name}
      label={label}
      {...(hint === undefined ? {} : { hint })}
    />
  );
  return (
    <>
      {text("url", texts.url)}
      <TrialHint url={form.url} onUse={(url) => p.write({ url })} />
      <UrlCheck app={p.app} url={form.url} />
      {text("description", texts.description)}
      <EventTypeChooser
        app={p.app}
        chosen={toList(form.eventTypes) ?? []}
        onChange={(chosen) => p.write({ eventTypes: chosen.join("\n") })}
        problem={problemOf(p.error, "eventTypes")}
      />
      <details>
        <summary>{texts.advanced}</summary>
        <div className={styles["form"]}>
          {ROWS.map((row) => (
            <ListField {...p} key={row[0]} row={row} />
          ))}
          {text("throttleRate", texts.rate, texts.rateHint)}
          {text("timeoutMs", texts.timeout, texts.timeoutHint)}
          <ListField {...p} row={["retrySchedule", texts.schedule, texts.scheduleHint]} />
          <Schedule waits={toWaits(form.retrySchedule)} />
        </div>
      </details>
      <OtherProblem error={p.error} />
    </>
  );
}

function TextField(
  p: FieldsProps & { readonly name: keyof Form; readonly label: string; readonly hint?: string },
) {
  return (
    <Field label={p.label} hint={p.hint} problem={problemOf(p.error, p.name)}>
      {(ids) => (
        <input
          {...ids}
          value={p.form[p.name]}
          onChange={({ target }) => p.write({ [p.name]: target.value })}
        />
      )}
    </Field>
  );
}

function ListField(
  p: FieldsProps & { readonly row: readonly [name: keyof Form, label: string, hint: string] },
) {
  const [name, label, hint] = p.row;
  const area = (ids: FieldIds): ReactNode => (
    <textarea
      {...ids}
      spellCheck={false}
      value={p.form[name]}
      onChange={({ target }) => p.write({ [name]: target.value })}
    />
  );
  return (
    <Field label={label} hint={hint} problem={problemOf(p.error, name)}>
      {area}
    </Field>
  );
}

/** Where the server permits it, a receiver on this machine stands in for one that does not exist yet. */
function TrialHint(p: { readonly url: string; readonly onUse: (url: string) => void }) {
  const { trialReceiver } = useFace().session.server;
  if (trialReceiver === null || p.url !== "") return null;
  return (
    <p className={styles["note"]}>
      {visitWords.noReceiver} <CopyableId id={visitWords.listen} /> {visitWords.thenUse}{" "}
      <Button onClick={() => p.onUse(trialReceiver)}>{visitWords.use(trialReceiver)}</Button>
    </p>
  );
}

function UrlCheck({ app, url }: { readonly app: string; readonly url: string }) {
  const check = useChange("POST /api/v1/app/{app}/endpoint/check");
  const [checkedUrl, setCheckedUrl] = useState("");
  const isCurrent = checkedUrl === url;
  const result = check.data;
  return (
    <div className={styles["buttons"]} aria-live="polite">
      <Button
        disabled={url.trim() === "" || check.isPending}
        onClick={() => {
          setCheckedUrl(url);
          check.mutate({ path: { app }, body: { url: url.trim() } });
        }}
      >
        {check.isPending ? texts.checking : texts.check}
      </Button>
      {isCurrent && check.error !== null && (
        <StatusMark state="failed">{check.error.message}</StatusMark>
      )}
      {isCurrent && result !== undefined && (
        <StatusMark state={result.reachable ? "delivered" : "failed"}>
          {result.problem ?? texts.reachable}
        </StatusMark>
      )}
    </div>
  );
}

/** The instants of the attempts, without the random part of each. */
function Schedule({ waits }: { readonly waits: readonly number[] }) {
  const [now] = useState(() => Date.now());
  const instants = toInstants(waits, now);
  return (
    <div>
      <p className={styles["note"]}>{texts.scheduleDrawn}</p>
      <ol className={styles["slots"]}>
        {instants.map((at) => (
          <li key={at}>
            <Time at={at} isExact />
          </li>
        ))}
      </ol>
    </div>
  );
}

function toInstants(waits: readonly number[], now: number): readonly number[] {
  if (waits.length > 0) {
    let at = now;
    return [now, ...waits.map((wait) => (at += wait * 1000))];
  }
  return EXPONENTIAL_72_HOURS.kind === "slots"
    ? EXPONENTIAL_72_HOURS.offsetsMs.map((offset) => now + offset)
    : [];
}

/** Refusals of fields that the form does not have, and failures without a field. */
function OtherProblem({ error }: { readonly error: Error | null }) {
  if (error === null) return null;
  const fields = error instanceof ApiError ? error.fields : [];
  const isShown = fields.some(({ field }) => problemOf(error, field) !== undefined);
  if (fields.length > 0 && isShown) return null;
  return (
    <p role="alert">
      <StatusMark state="failed">{error.message}</StatusMark>
    </p>
  );
}

/** The refusal of a field, or of a part of it such as `eventTypes.0`. */
function problemOf(error: Error | null, name: string): string | undefined {
  if (!(error instanceof ApiError)) return undefined;
  const of = error.fields.filter(({ field }) => field === name || field.startsWith(`${name}.`));
  return of.length === 0 ? undefined : of.map(({ message }) => message).join(" ");
}
