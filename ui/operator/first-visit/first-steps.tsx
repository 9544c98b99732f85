/** The first two steps: an app, and an endpoint of it. */
import { useState } from "react";
import { useChange } from "../../api/reads.ts";
import { useFace } from "../../face.tsx";
import { ENDPOINT_READS } from "../../pages/endpoint-actions.tsx";
import { Button, buttonClass } from "../../parts/button.tsx";
import { CopyableId } from "../../parts/copyable-id.tsx";
import { Field } from "../../parts/field.tsx";
import { PageLink } from "../../parts/page-link.tsx";
import { pathsOf } from "../../paths.ts";
import { setPreferences } from "../../preferences.ts";
import { visitWords } from "../../words/visit.ts";
import styles from "./first-visit.module.css";

const { operator: texts } = visitWords;

export function MakeFirstApp() {
  const [name, setName] = useState<string>(texts.firstApp);
  const make = useChange("POST /api/v1/app", ["GET /api/v1/app"]);
  return (
    <form
      className={styles["form"]}
      onSubmit={(event) => {
        event.preventDefault();
        make.mutate(
          { body: { name: name.trim() } },
          { onSuccess: ({ id }) => setPreferences({ app: id }) },
        );
      }}
    >
      <p>{texts.appHint}</p>
      <Field label={texts.appName} problem={make.error?.message}>
        {(ids) => (
          <input {...ids} required value={name} onChange={({ target }) => setName(target.value)} />
        )}
      </Field>
      <div>
        <Button type="submit" look="primary" disabled={make.isPending || name.trim() === ""}>
          {texts.app}
        </Button>
      </div>
    </form>
  );
}

export function AddFirstEndpoint({ app }: { readonly app: string }) {
  const { trialReceiver } = useFace().session.server;
  const add = pathsOf(app).endpoint("new");
  return (
    <>
      <p>{texts.endpointHint}</p>
      {trialReceiver === null ? (
        <PageLink target={add} className={buttonClass("primary")}>
          {texts.endpoint}
        </PageLink>
      ) : (
        <>
          <AddTrialReceiver app={app} url={trialReceiver} />
          <PageLink target={add}>{texts.addOther}</PageLink>
        </>
      )}
    </>
  );
}

function AddTrialReceiver({ app, url }: { readonly app: string; readonly url: string }) {
  const make = useChange("POST /api/v1/app/{app}/endpoint", ENDPOINT_READS);
  return (
    <>
      <p>
        {visitWords.noReceiver} <CopyableId id={visitWords.listen} /> {visitWords.thenUse}
      </p>
      <div>
        <Button
          look="primary"
          disabled={make.isPending}
          onClick={() => make.mutate({ path: { app }, body: { url } })}
        >
          {texts.addTrial(url)}
        </Button>
      </div>
      {make.error !== null && <p role="alert">{make.error.message}</p>}
    </>
  );
}
