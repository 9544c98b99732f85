/** Chooses the app whose texts, events and endpoints the navigation leads to. */
import ChevronsUpDown from "lucide-react/icons/chevrons-up-down";
import { Command } from "cmdk";
import { Popover } from "radix-ui";
import { useState } from "react";
import { useRead } from "../api/reads.ts";
import { buttonClass } from "../parts/button.tsx";
import { useOpenPage } from "../parts/page-link.tsx";
import { ErrorStrip } from "../parts/states.tsx";
import styles from "../parts/palette.module.css";
import { pathsOf } from "../paths.ts";
import { operatorWords } from "../words/operator.ts";
import { words } from "../words.ts";

const MOST_SHOWN = 100;

export type ChosenApp = { readonly id: string; readonly name: string };

export function AppChooser({ chosen }: { readonly chosen: ChosenApp | null }) {
  const [isOpen, setOpen] = useState(false);
  const open = useOpenPage();
  const { data, error, dataUpdatedAt, refetch } = useRead(
    "GET /api/v1/app",
    { query: { limit: MOST_SHOWN } },
    { isEnabled: isOpen },
  );
  return (
    <Popover.Root open={isOpen} onOpenChange={setOpen}>
      <Popover.Trigger
        className={buttonClass("quiet")}
        aria-label={`${operatorWords.chooser.label}: ${chosen?.name ?? operatorWords.chooser.none}`}
      >
        <span className={styles["name"]}>{chosen?.name ?? operatorWords.chooser.none}</span>
        <ChevronsUpDown size={13} aria-hidden />
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
                    open(pathsOf(id).texts());
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
