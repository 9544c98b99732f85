/** Chooses an app: the one whose texts and events the navigation leads to, or the one that a page asks for. */
import ChevronsUpDown from "lucide-react/icons/chevrons-up-down";
import { Command } from "cmdk";
import { Popover } from "radix-ui";
import { useState } from "react";
import type { ReactNode } from "react";
import { useRead } from "../api/reads.ts";
import { buttonClass } from "../parts/button.tsx";
import { useOpenPage } from "../parts/page-link.tsx";
import { ErrorStrip } from "../parts/states.tsx";
import styles from "../parts/palette.module.css";
import { pathsOf } from "../paths.ts";
import type { Target } from "../paths.ts";
import { operatorWords } from "../words/operator.ts";
import { words } from "../words.ts";

const MOST_SHOWN = 100;

export type ChosenApp = { readonly id: string; readonly name: string };

export function AppChooser({ chosen }: { readonly chosen: ChosenApp | null }) {
  const name = chosen?.name ?? operatorWords.chooser.none;
  return (
    <AppPopover
      className={buttonClass("quiet")}
      label={`${operatorWords.chooser.label}: ${name}`}
      toTarget={(id) => pathsOf(id).texts()}
    >
      <span className={styles["name"]}>{name}</span>
      <ChevronsUpDown size={13} aria-hidden />
    </AppPopover>
  );
}

/** A button that lists the apps. The chosen one opens a page. */
export function AppPopover(p: {
  readonly className: string;
  /** The name of the button where its content is not one. */
  readonly label?: string;
  readonly toTarget: (app: string) => Target;
  readonly children: ReactNode;
}) {
  const [isOpen, setOpen] = useState(false);
  const open = useOpenPage();
  const { data, error, dataUpdatedAt, refetch } = useRead(
    "GET /api/v1/app",
    { query: { limit: MOST_SHOWN } },
    { isEnabled: isOpen },
  );
  return (
    <Popover.Root open={isOpen} onOpenChange={setOpen}>
      <Popover.Trigger className={p.className} aria-label={p.label}>
        {p.children}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          className={styles["chooser"]}
          align="start"
          sideOffset={4}
          collisionPadding={8}
        >
          <Command label={operatorWords.chooser.label}>
            <Command.Input placeholder={operatorWords.chooser.hint} />
            <Command.List className={styles["list"]}>
              {error !== null && (
                <ErrorStrip error={error} onRetry={() => void refetch()} dataAt={dataUpdatedAt} />
              )}
              {data !== undefined && (
                <Command.Empty className={styles["empty"]}>{words.nothingFound}</Command.Empty>
              )}
              {(data?.data ?? []).map(({ id, uid, name }) => (
                <Command.Item
                  key={id}
                  value={`${name} ${uid ?? ""} ${id}`}
                  onSelect={() => {
                    setOpen(false);
                    open(p.toTarget(id));
                  }}
                >
                  {name}
                  <span className={styles["hint"]}>{uid ?? ""}</span>
                </Command.Item>
              ))}
            </Command.List>
          </Command>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
