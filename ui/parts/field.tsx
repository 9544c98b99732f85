/** A field with its label, its hint and its refusal. The control is any element; it gets the ids. */
import { useId } from "react";
import type { ReactNode } from "react";
import styles from "./field.module.css";

export type FieldIds = {
  readonly id: string;
  readonly "aria-describedby"?: string;
  readonly "aria-invalid"?: boolean;
};

export function Field(p: {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly problem?: string | undefined;
  readonly children: (ids: FieldIds) => ReactNode;
}) {
  const id = useId();
  const hasProblem = p.problem !== undefined && p.problem !== "";
  const described = [p.hint === undefined ? "" : `${id}-hint`, hasProblem ? `${id}-problem` : ""]
    .filter((one) => one !== "")
    .join(" ");
  return (
    <div className={styles["field"]}>
      <label htmlFor={id} className={styles["label"]}>
        {p.label}
      </label>
      {p.children({
        id,
        ...(described === "" ? {} : { "aria-describedby": described }),
        ...(hasProblem ? { "aria-invalid": true } : {}),
      })}
      {p.hint !== undefined && (
        <div id={`${id}-hint`} className={styles["hint"]}>
          {p.hint}
        </div>
      )}
      {hasProblem && (
        <div id={`${id}-problem`} className={styles["problem"]} role="alert">
          {p.problem}
        </div>
      )}
    </div>
  );
}
