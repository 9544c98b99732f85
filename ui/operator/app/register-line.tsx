/** Registers a line. Each refusal stands at its field. */
import { useState } from "react";
import { ApiError } from "../../api/api-error.ts";
import { useChange } from "../../api/reads.ts";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { Field } from "../../parts/field.tsx";
import { ErrorStrip } from "../../parts/states.tsx";
import { useToast } from "../../parts/toast.tsx";
import { appWords } from "../../words/apps.ts";

const { lines: texts } = appWords;
const EMPTY = { number: "", username: "", password: "", name: "" } as const;
type Name = keyof typeof EMPTY;
const FIELDS: readonly (readonly [name: Name, label: string, hint: string | undefined])[] = [
  ["number", texts.number, texts.numberHint],
  ["name", texts.name, undefined],
  ["username", texts.username, texts.usernameHint],
  ["password", texts.password, undefined],
];

export function RegisterLine({
  app,
  onClose,
}: {
  readonly app: string;
  readonly onClose: () => void;
}) {
  const note = useToast();
  const [form, setForm] = useState<Readonly<Record<Name, string>>>(EMPTY);
  const [generation, setGeneration] = useState<"2020" | "2015">("2020");
  const make = useChange("POST /api/v1/app/{app}/line", ["GET /api/v1/app/{app}/line"]);
  const problems = make.error instanceof ApiError ? make.error.fields : [];
  const run = (): void => {
    const { name, ...rest } = form;
    const body = { ...rest, payloadGeneration: generation, ...(name === "" ? {} : { name }) };
    make.mutate(
      { path: { app }, body },
      {
        onSuccess: () => {
          note({ title: texts.registered });
          onClose();
        },
      },
    );
  };
  const isComplete = [form.number, form.username, form.password].every((text) => text !== "");
  return (
    <Dialog
      isOpen
      title={texts.make}
      onClose={onClose}
      actions={
        <Button look="primary" onClick={run} disabled={make.isPending || !isComplete}>
          {texts.make}
        </Button>
      }
    >
      {make.error !== null && problems.length === 0 && (
        <ErrorStrip error={make.error} dataAt={0} onRetry={run} />
      )}
      {FIELDS.map(([name, label, hint]) => (
        <Field
          key={name}
          label={label}
          hint={hint}
          problem={problems.find(({ field }) => field === name)?.message}
        >
          {(ids) => (
            <input
              {...ids}
              autoComplete={name === "password" ? "new-password" : "off"}
              type={name === "password" ? "password" : "text"}
              value={form[name]}
              onChange={({ target }) => setForm((now) => ({ ...now, [name]: target.value }))}
            />
          )}
        </Field>
      ))}
      <Field label={texts.generation} hint={texts.generationHint}>
        {(ids) => (
          <select
            {...ids}
            value={generation}
            onChange={({ target }) => setGeneration(target.value === "2015" ? "2015" : "2020")}
          >
            <option value="2020">2020</option>
            <option value="2015">2015</option>
          </select>
        )}
      </Field>
    </Dialog>
  );
}
