/** A button that asks before it does something that cannot be undone. */
import { useState } from "react";
import type { ReactNode } from "react";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";

export function ConfirmButton(p: {
  readonly label: string;
  /** The title of the question, and the name of the button where several have one label. */
  readonly title: string;
  readonly hint: ReactNode;
  readonly run: () => void;
  readonly isBusy?: boolean;
  readonly look?: "danger" | "plain" | "quiet";
}) {
  const [isAsking, ask] = useState(false);
  return (
    <>
      <Button
        look={p.look ?? "plain"}
        aria-label={p.title}
        disabled={p.isBusy === true}
        onClick={() => ask(true)}
      >
        {p.label}
      </Button>
      <Dialog
        isOpen={isAsking}
        title={p.title}
        description={p.hint}
        onClose={() => ask(false)}
        actions={
          <Button
            look="danger"
            onClick={() => {
              ask(false);
              p.run();
            }}
          >
            {p.label}
          </Button>
        }
      />
    </>
  );
}
