/** Makes an operator key and shows it once. */
import { useState } from "react";
import { OPERATOR_ROLES } from "../../src/core/operator-role.ts";
import type { OperatorRole } from "../../src/core/operator-role.ts";
import { useChange } from "../api/reads.ts";
import { Button } from "../parts/button.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Field } from "../parts/field.tsx";
import { ShownOnce } from "../parts/shown-once.tsx";
import { ErrorStrip } from "../parts/states.tsx";
import { appWords } from "../words/apps.ts";
import { operatorWords } from "../words/operator.ts";

const { keys: texts } = operatorWords;

export function NewOperatorKeyDialog({ onClose }: { readonly onClose: () => void }) {
  const [name, setName] = useState("");
  const [role, setRole] = useState<OperatorRole>("operator");
  const make = useChange("POST /api/v1/operator-key", ["GET /api/v1/operator-key"]);
  const run = (): void => make.mutate({ body: { name: name.trim(), role } });
  if (make.data !== undefined) {
    const { name: of, key } = make.data;
    return (
      <Dialog isOpen isWide title={of} description={appWords.once} onClose={onClose}>
        <ShownOnce label={texts.key} value={key} />
        <Button look="primary" onClick={onClose}>
          {appWords.done}
        </Button>
      </Dialog>
    );
  }
  return (
    <Dialog
      isOpen
      title={texts.make}
      onClose={onClose}
      actions={
        <Button look="primary" onClick={run} disabled={make.isPending || name.trim() === ""}>
          {texts.make}
        </Button>
      }
    >
      {make.error !== null && <ErrorStrip error={make.error} dataAt={0} onRetry={run} />}
      <Field label={texts.name} hint={texts.nameHint}>
        {(ids) => (
          <input
            {...ids}
            maxLength={100}
            value={name}
            onChange={({ target }) => setName(target.value)}
          />
        )}
      </Field>
      <Field label={texts.role}>
        {(ids) => (
          <select
            {...ids}
            value={role}
            onChange={({ target }) =>
              setRole(OPERATOR_ROLES.find((one) => one === target.value) ?? role)
            }
          >
            {OPERATOR_ROLES.map((one) => (
              <option key={one} value={one}>
                {texts.roles[one]}
              </option>
            ))}
          </select>
        )}
      </Field>
    </Dialog>
  );
}
