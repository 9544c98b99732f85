/** Makes a link to the portal of one app and copies it. Read-only for a day unless one chooses otherwise. */
import { useState } from "react";
import { useChange } from "../api/reads.ts";
import { Button } from "../parts/button.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Field } from "../parts/field.tsx";
import { ErrorStrip } from "../parts/states.tsx";
import { useToast } from "../parts/toast.tsx";
import { accessWords } from "../words/access.ts";
import { showControls } from "../show-controls.ts";
import { words } from "../words.ts";

const { apps } = accessWords;
const DAY_SECONDS = 86_400;
const EXPIRIES = [
  { seconds: 3_600, label: apps.hour },
  { seconds: DAY_SECONDS, label: apps.day },
  { seconds: 7 * DAY_SECONDS, label: apps.week },
] as const;

export function PortalLinkDialog(p: {
  readonly app: { readonly id: string; readonly name: string };
  readonly onClose: () => void;
}) {
  const [isReadOnly, setReadOnly] = useState(true);
  const [expiry, setExpiry] = useState(DAY_SECONDS);
  const grant = useChange("POST /api/v1/auth/app-portal-access/{app}");
  const note = useToast();
  const copy = async (): Promise<void> => {
    const { url } = await grant.mutateAsync({
      path: { app: p.app.id },
      body: { readOnly: isReadOnly, expiry },
    });
    try {
      await navigator.clipboard.writeText(url);
      note({ title: apps.copied });
    } catch {
      note({ title: words.notCopied, detail: url, isProblem: true });
    }
    p.onClose();
  };
  const run = (): void => void copy().catch(() => undefined);
  return (
    <Dialog
      isOpen
      title={apps.portalFor(showControls(p.app.name))}
      description={apps.portalHint}
      onClose={p.onClose}
      actions={
        <Button look="primary" onClick={run} disabled={grant.isPending}>
          {apps.copyLink}
        </Button>
      }
    >
      {grant.error !== null && <ErrorStrip error={grant.error} dataAt={0} onRetry={run} />}
      <Field label={apps.rights}>
        {(ids) => (
          <select
            {...ids}
            value={isReadOnly ? "read" : "all"}
            onChange={({ target }) => setReadOnly(target.value === "read")}
          >
            <option value="read">{apps.readOnly}</option>
            <option value="all">{apps.allRights}</option>
          </select>
        )}
      </Field>
      <Field label={apps.expiry}>
        {(ids) => (
          <select
            {...ids}
            value={String(expiry)}
            onChange={({ target }) => setExpiry(Number(target.value))}
          >
            {EXPIRIES.map(({ seconds, label }) => (
              <option key={seconds} value={String(seconds)}>
                {label}
              </option>
            ))}
          </select>
        )}
      </Field>
    </Dialog>
  );
}
