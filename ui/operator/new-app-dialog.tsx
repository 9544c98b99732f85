/** Makes an app. A refusal is shown above the fields. */
import { useState } from "react";
import { useChange } from "../api/reads.ts";
import { Button } from "../parts/button.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Field } from "../parts/field.tsx";
import { ErrorStrip } from "../parts/states.tsx";
import { accessWords } from "../words/access.ts";

const { apps } = accessWords;

export function NewAppDialog({ onClose }: { readonly onClose: () => void }) {
  const [name, setName] = useState("");
  const [uid, setUid] = useState("");
  const create = useChange("POST /api/v1/app", ["GET /api/v1/app"]);
  const make = async (): Promise<void> => {
    await create.mutateAsync({ body: { name: name.trim(), ...(uid === "" ? {} : { uid }) } });
    onClose();
  };
  const run = (): void => void make().catch(() => undefined);
  return (
    <Dialog
      isOpen
      title={apps.make}
      onClose={onClose}
      actions={
        <Button look="primary" onClick={run} disabled={create.isPending || name.trim() === ""}>
          {apps.make}
        </Button>
      }
    >
      {create.error !== null && <ErrorStrip error={create.error} dataAt={0} onRetry={run} />}
      <Field label={apps.name}>
        {(ids) => <input {...ids} value={name} onChange={({ target }) => setName(target.value)} />}
      </Field>
      <Field label={apps.uid} hint={apps.uidHint}>
        {(ids) => <input {...ids} value={uid} onChange={({ target }) => setUid(target.value)} />}
      </Field>
    </Dialog>
  );
}
