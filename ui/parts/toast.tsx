/** Short notes about something that was done, with at most one action. A failed read is never only a toast. */
import { Toast } from "radix-ui";
import X from "lucide-react/icons/x";
import { createContext, use, useCallback, useState } from "react";
import type { ReactNode } from "react";
import { Button } from "./button.tsx";
import { classNames } from "./class-names.ts";
import styles from "./toast.module.css";
import { words } from "../words.ts";

export type Note = {
  readonly title: string;
  readonly detail?: string;
  readonly isProblem?: boolean;
  readonly action?: { readonly label: string; readonly run: () => void };
};

const SHOWN_MS = 5_000;
const PROBLEM_MS = 12_000;
const MOST_SHOWN = 3;

const ToastContext = createContext<(note: Note) => void>(() => undefined);

export function useToast(): (note: Note) => void {
  return use(ToastContext);
}

let lastId = 0;

export function ToastProvider({ children }: { readonly children: ReactNode }) {
  const [notes, setNotes] = useState<readonly (Note & { readonly id: number })[]>([]);
  const show = useCallback((note: Note) => {
    lastId += 1;
    const id = lastId;
    setNotes((shown) => [...shown, { ...note, id }].slice(-MOST_SHOWN));
  }, []);
  const close = (id: number): void => setNotes((shown) => shown.filter((one) => one.id !== id));
  return (
    <ToastContext value={show}>
      <Toast.Provider label={words.notes}>
        {children}
        {notes.map(({ id, title, detail, isProblem = false, action }) => (
          <Toast.Root
            key={id}
            duration={isProblem ? PROBLEM_MS : SHOWN_MS}
            className={classNames(styles["toast"], isProblem && styles["problem"])}
            onOpenChange={(isOpen) => {
              if (!isOpen) close(id);
            }}
          >
            <Toast.Title className={styles["title"]}>{title}</Toast.Title>
            {action === undefined ? (
              <Toast.Close asChild>
                <Button look="quiet" aria-label={words.close} icon={<X size={14} aria-hidden />} />
              </Toast.Close>
            ) : (
              <Toast.Action asChild altText={action.label}>
                <Button onClick={action.run}>{action.label}</Button>
              </Toast.Action>
            )}
            {detail !== undefined && (
              <Toast.Description className={styles["detail"]}>{detail}</Toast.Description>
            )}
          </Toast.Root>
        ))}
        <Toast.Viewport className={styles["viewport"]} />
      </Toast.Provider>
    </ToastContext>
  );
}
