/** The form that adds an endpoint: a URL, the event types, and the rest if it is wanted. It leads to a test. */
import { useEffect, useRef, useState } from "react";
import { useChange } from "../api/reads.ts";
import { Button } from "../parts/button.tsx";
import { useOpenPage } from "../parts/page-link.tsx";
import { useToast } from "../parts/toast.tsx";
import { useAppId, useAppPaths } from "../use-paths.ts";
import { endpointWords } from "../words/endpoints.ts";
import { ENDPOINT_READS } from "./endpoint-actions.tsx";
import { EndpointFields } from "./endpoint-fields.tsx";
import { EMPTY_FORM, toBody } from "./endpoint-form.ts";
import styles from "./endpoint-page.module.css";

/** With `takesFocus` the URL can be typed at once. */
export function AddEndpointForm({ takesFocus = false }: { readonly takesFocus?: boolean }) {
  const app = useAppId();
  const paths = useAppPaths();
  const open = useOpenPage();
  const note = useToast();
  const [form, setForm] = useState(EMPTY_FORM);
  const element = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (takesFocus) element.current?.querySelector("input")?.focus();
  }, [takesFocus]);
  const make = useChange("POST /api/v1/app/{app}/endpoint", ENDPOINT_READS);
  return (
    <form
      ref={element}
      className={styles["form"]}
      onSubmit={(event) => {
        event.preventDefault();
        const request = { path: { app }, body: toBody(form) } as Parameters<typeof make.mutate>[0];
        make.mutate(request, {
          onSuccess: ({ id }) => {
            note({ title: endpointWords.settings.made });
            open(paths.endpoint(id, { tab: "test" }));
          },
        });
      }}
    >
      <EndpointFields
        app={app}
        form={form}
        write={(change) => setForm((now) => ({ ...now, ...change }))}
        error={make.error}
      />
      <div className={styles["buttons"]}>
        <Button type="submit" look="primary" disabled={make.isPending}>
          {endpointWords.settings.create}
        </Button>
      </div>
    </form>
  );
}
