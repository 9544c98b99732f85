/** A dialog: it takes the focus and gives it back, closes on Esc, and on a phone comes from below. */
import X from "lucide-react/icons/x";
import { Dialog as Parts } from "radix-ui";
import { useRef } from "react";
import type { ReactNode } from "react";
import { words } from "../words.ts";
import { Button, buttonClass } from "./button.tsx";
import { classNames } from "./class-names.ts";
import styles from "./dialog.module.css";

type DialogProps = {
  readonly title: string;
  readonly description?: ReactNode;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly isWide?: boolean;
  readonly children?: ReactNode;
  /** Buttons at the end; the one that closes comes first by itself. */
  readonly actions?: ReactNode;
};

export function Dialog(p: DialogProps) {
  const opener = useRef<Element | null>(null);
  return (
    <Parts.Root
      open={p.isOpen}
      onOpenChange={(isOpen) => {
        if (!isOpen) p.onClose();
      }}
    >
      <Parts.Portal>
        <Parts.Overlay className={styles["veil"]} />
        <Parts.Content
          // The library gives the focus back to a trigger of its kind only.
          onOpenAutoFocus={() => {
            opener.current = document.activeElement;
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            if (opener.current instanceof HTMLElement) opener.current.focus();
          }}
          className={classNames(styles["dialog"], p.isWide === true && styles["wide"])}
          {...(p.description === undefined ? { "aria-describedby": undefined } : {})}
        >
          <div className={styles["head"]}>
            <Parts.Title>{p.title}</Parts.Title>
            {/* Without a tooltip, which would take the first Esc for itself. */}
            <Parts.Close className={buttonClass("quiet")} aria-label={words.close}>
              <X size={16} aria-hidden />
            </Parts.Close>
          </div>
          {p.description !== undefined && (
            <Parts.Description asChild>
              <div className={styles["description"]}>{p.description}</div>
            </Parts.Description>
          )}
          {p.children}
          {p.actions !== undefined && (
            <div className={styles["actions"]}>
              <Button onClick={p.onClose}>{words.cancel}</Button>
              {p.actions}
            </div>
          )}
        </Parts.Content>
      </Parts.Portal>
    </Parts.Root>
  );
}
