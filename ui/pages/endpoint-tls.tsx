/** The TLS settings of an endpoint: its trusted authorities, and its client certificate. The key is never shown. */
import { useState } from "react";
import { ApiError } from "../api/api-error.ts";
import type { Answer } from "../api/call.ts";
import { useChange, useRead, type ReadCall } from "../api/reads.ts";
import { useFace } from "../face.tsx";
import { Button } from "../parts/button.tsx";
import { ConfirmButton } from "../parts/confirm-button.tsx";
import { CopyableId } from "../parts/copyable-id.tsx";
import { Facts } from "../parts/facts.tsx";
import { Field } from "../parts/field.tsx";
import { ErrorStrip, ReadState } from "../parts/states.tsx";
import { StatusMark } from "../parts/status-mark.tsx";
import { Time } from "../parts/time.tsx";
import { useNow } from "../parts/use-now.ts";
import { useToast } from "../parts/toast.tsx";
import { tlsWords as texts } from "../words/tls.ts";
import { words } from "../words.ts";
import type { EndpointPath } from "./endpoint-types.ts";
import styles from "./endpoint-tls.module.css";

type Tls = Answer<"GET /api/v1/app/{app}/endpoint/{endpoint}/tls">;
type Certificate = NonNullable<Tls["ca"]>[number];

const READS: readonly ReadCall[] = ["GET /api/v1/app/{app}/endpoint/{endpoint}/tls"];
const VERSIONS = ["1.0", "1.1", "1.2", "1.3"] as const;
const EMPTY = { clientCert: "", clientKey: "", ca: "" } as const;
const FIELDS = [
  ["clientCert", texts.clientCert, texts.certHint],
  ["clientKey", texts.clientKey, texts.keyHint],
  ["ca", texts.ca, texts.caHint],
] as const;

export function EndpointTls({ path }: { readonly path: EndpointPath }) {
  const { can } = useFace();
  const read = useRead("GET /api/v1/app/{app}/endpoint/{endpoint}/tls", { path });
  return (
    <ReadState read={read} skeletonRows={4}>
      {(tls) => (
        <div className={styles["parts"]}>
          <Present tls={tls} />
          {can("ManageEndpoint") && <TlsForm key={JSON.stringify(tls)} path={path} tls={tls} />}
        </div>
      )}
    </ReadState>
  );
}

function isOwn({ clientCert, ca, minVersion }: Tls): boolean {
  return clientCert !== null || ca !== null || minVersion !== null;
}

function Present({ tls }: { readonly tls: Tls }) {
  const { clientCert, ca, minVersion } = tls;
  return (
    <div className={styles["parts"]}>
      <p>{isOwn(tls) ? texts.own : texts.none}</p>
      <Facts
        rows={[
          [texts.clientCert, <Certificates key="cert" of={clientCert} none={texts.noCert} />],
          [texts.ca, <Certificates key="ca" of={ca} none={texts.publicOnes} />],
          [texts.minVersion, minVersion ?? texts.ofServer],
        ]}
      />
    </div>
  );
}

function Certificates(p: { readonly of: readonly Certificate[] | null; readonly none: string }) {
  const now = useNow();
  if (p.of === null) return p.none;
  return (
    <ul className={styles["certificates"]}>
      {p.of.map(({ subject, issuer, notAfter, fingerprint }) => (
        <li key={fingerprint}>
          <bdi>{subject}</bdi>, <bdi>{texts.issuer(issuer)}</bdi>, {texts.ends}{" "}
          <Time at={notAfter} />{" "}
          {Date.parse(notAfter) < now && <StatusMark state="failed">{texts.expired}</StatusMark>}{" "}
          <CopyableId id={fingerprint} />
        </li>
      ))}
    </ul>
  );
}

function TlsForm({ path, tls }: { readonly path: EndpointPath; readonly tls: Tls }) {
  const note = useToast();
  const [form, setForm] = useState<Readonly<Record<keyof typeof EMPTY, string>>>(EMPTY);
  const [version, setVersion] = useState(tls.minVersion ?? "");
  const save = useChange("PUT /api/v1/app/{app}/endpoint/{endpoint}/tls", READS);
  const reset = useChange("DELETE /api/v1/app/{app}/endpoint/{endpoint}/tls", READS);
  const problems = save.error instanceof ApiError ? save.error.fields : [];
  const hasOther = save.error !== null && problems.length === 0;
  const toNull = (text: string): string | null => (text.trim() === "" ? null : text);
  const run = (): void => {
    const body = {
      clientCert: toNull(form.clientCert),
      clientKey: toNull(form.clientKey),
      ca: toNull(form.ca),
      minVersion: toNull(version),
    };
    save.mutate({ path, body }, { onSuccess: () => note({ title: texts.saved }) });
  };
  return (
    <form
      className={styles["form"]}
      onSubmit={(event) => {
        event.preventDefault();
        run();
      }}
    >
      <h2>{texts.change}</h2>
      <p className={styles["note"]}>{texts.hint}</p>
      {hasOther && <ErrorStrip error={save.error} dataAt={0} onRetry={run} />}
      {FIELDS.map(([name, label, hint]) => (
        <Field
          key={name}
          label={label}
          hint={hint}
          problem={problems.find(({ field }) => field === name)?.message}
        >
          {(ids) => (
            <textarea
              {...ids}
              spellCheck={false}
              autoComplete="off"
              value={form[name]}
              onChange={({ target }) => setForm((now) => ({ ...now, [name]: target.value }))}
            />
          )}
        </Field>
      ))}
      <Field
        label={texts.minVersion}
        problem={problems.find(({ field }) => field === "minVersion")?.message}
      >
        {(ids) => (
          <select {...ids} value={version} onChange={({ target }) => setVersion(target.value)}>
            <option value="">{texts.ofServer}</option>
            {VERSIONS.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        )}
      </Field>
      <div className={styles["buttons"]}>
        <Button type="submit" look="primary" disabled={save.isPending}>
          {words.save}
        </Button>
        {isOwn(tls) && (
          <ConfirmButton
            label={texts.reset}
            title={texts.resetTitle}
            hint={texts.resetHint}
            isBusy={reset.isPending}
            run={() =>
              reset.mutate(
                { path },
                {
                  onSuccess: () => note({ title: texts.wasReset }),
                  onError: ({ message }) => note({ title: message, isProblem: true }),
                },
              )
            }
          />
        )}
      </div>
    </form>
  );
}
