/** Changes the settings of a native endpoint, and its headers. Those of other APIs are changed there. */
import { useState } from "react";
import { useChange, useRead, type ReadCall } from "../api/reads.ts";
import { Button } from "../parts/button.tsx";
import { Field } from "../parts/field.tsx";
import { ErrorStrip } from "../parts/states.tsx";
import { useToast } from "../parts/toast.tsx";
import { endpointWords } from "../words/endpoints.ts";
import { ENDPOINT_READS } from "./endpoint-actions.tsx";
import { EndpointFields } from "./endpoint-fields.tsx";
import { toChanges, toForm } from "./endpoint-form.ts";
import type { Endpoint, EndpointPath } from "./endpoint-types.ts";
import styles from "./endpoint-page.module.css";

const { settings: texts } = endpointWords;
const HEADER_READS: readonly ReadCall[] = ["GET /api/v1/app/{app}/endpoint/{endpoint}/headers"];

export function EndpointSettings({ path, endpoint }: { path: EndpointPath; endpoint: Endpoint }) {
  const note = useToast();
  const [form, setForm] = useState(() => toForm(endpoint));
  const [saved, setSaved] = useState(form);
  const save = useChange("PATCH /api/v1/app/{app}/endpoint/{endpoint}", ENDPOINT_READS);
  const dialect = endpoint.health?.dialect ?? "svix";
  if (dialect !== "svix") {
    const api = endpointWords.apis[dialect as keyof typeof endpointWords.apis];
    return <p className={styles["note"]}>{texts.foreign(api)}</p>;
  }
  return (
    <div className={styles["two"]}>
      <form
        className={styles["form"]}
        onSubmit={(event) => {
          event.preventDefault();
          const request = { path, body: toChanges(saved, form) } as Parameters<
            typeof save.mutate
          >[0];
          save.mutate(request, {
            onSuccess: () => {
              setSaved(form);
              note({ title: texts.saved });
            },
          });
        }}
      >
        <EndpointFields
          app={path.app}
          form={form}
          write={(change) => setForm((now) => ({ ...now, ...change }))}
          error={save.error}
        />
        <div className={styles["buttons"]}>
          <Button type="submit" look="primary" disabled={save.isPending}>
            {texts.save}
          </Button>
        </div>
      </form>
      <Headers path={path} />
    </div>
  );
}

function Headers({ path }: { readonly path: EndpointPath }) {
  const note = useToast();
  const read = useRead("GET /api/v1/app/{app}/endpoint/{endpoint}/headers", { path });
  const [text, write] = useState("");
  const save = useChange("PATCH /api/v1/app/{app}/endpoint/{endpoint}/headers", HEADER_READS);
  const names = [...Object.keys(read.data?.headers ?? {}), ...(read.data?.sensitive ?? [])];
  return (
    <form
      className={styles["form"]}
      onSubmit={(event) => {
        event.preventDefault();
        const headers = toHeaders(text);
        save.mutate(
          { path, body: { headers } },
          {
            onSuccess: () => {
              write("");
              note({ title: texts.saved });
            },
          },
        );
      }}
    >
      {read.error !== null && (
        <ErrorStrip
          error={read.error}
          dataAt={read.dataUpdatedAt}
          onRetry={() => void read.refetch()}
        />
      )}
      <Field
        label={texts.headers}
        hint={names.length === 0 ? texts.headersHint : `${names.join(", ")}. ${texts.headersHint}`}
        problem={save.error?.message}
      >
        {(ids) => (
          <textarea
            {...ids}
            spellCheck={false}
            value={text}
            onChange={({ target }) => write(target.value)}
          />
        )}
      </Field>
      <div className={styles["buttons"]}>
        <Button type="submit" disabled={save.isPending || text.trim() === ""}>
          {texts.save}
        </Button>
      </div>
    </form>
  );
}

function toHeaders(text: string): Record<string, string> {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return Object.fromEntries(
    lines.map((line) => {
      const [name = "", ...rest] = line.split(":");
      return [name.trim(), rest.join(":").trim()];
    }),
  );
}
