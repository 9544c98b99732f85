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
import { useDebounced } from "../parts/use-debounced.ts";

/** Beyond so many apps the server finds those whose name or uid begins with the text. */
const MOST_SHOWN = 100;
const SETTLED_MS = 150;

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
  const [text, write] = useState("");
  const { value: q } = useDebounced(text.trim(), text.trim(), SETTLED_MS);
  const { data, error, dataUpdatedAt, refetch } = useRead(
    "GET /api/v1/app",
    { query: { limit: MOST_SHOWN } },
    { isEnabled: isOpen },
  );
  const found = useRead(
    "GET /api/v1/app",
    { query: { limit: MOST_SHOWN, q } },
    { isEnabled: isOpen && q !== "" && data?.done === false },
  );
  const apps = new Map(
    [...(data?.data ?? []), ...(found.data?.data ?? [])].map((app) => [app.id, app]),
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
            <Command.Input
              value={text}
              onValueChange={write}
              placeholder={operatorWords.chooser.hint}
            />
            <Command.List className={styles["list"]}>
              {error !== null && (
                <ErrorStrip error={error} onRetry={() => void refetch()} dataAt={dataUpdatedAt} />
              )}
              {data !== undefined && (
                <Command.Empty className={styles["empty"]}>{words.nothingFound}</Command.Empty>
              )}
              {[...apps.values()].map(({ id, uid, name }) => (
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
