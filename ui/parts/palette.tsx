/**
 * The palette of Ctrl-K and `/`: one box over everything. It has the pages by name; hits of a search are rows of
 * cmdk, made by `renderHits` from the text in the box.
 */
import { Command } from "cmdk";
import { Dialog } from "radix-ui";
import { useState } from "react";
import type { ReactNode } from "react";
import { words } from "../words.ts";
import styles from "./dialog.module.css";
import own from "./palette.module.css";
import { useOpenPage } from "./page-link.tsx";
import type { NavigationItem } from "./shell.tsx";

export type PaletteProps = {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly pages: readonly NavigationItem[];
  readonly renderHits?: (text: string, onClose: () => void) => ReactNode;
};

export function Palette(p: PaletteProps) {
  const [text, write] = useState("");
  const open = useOpenPage();
  const close = (): void => {
    write("");
    p.onClose();
  };
  const wanted = text.trim().toLowerCase();
  const pages = p.pages.filter(({ label }) => label.toLowerCase().includes(wanted));
  return (
    <Dialog.Root
      open={p.isOpen}
      onOpenChange={(isOpen) => {
        if (!isOpen) close();
      }}
    >
      <Dialog.Portal>
        <Dialog.Overlay className={styles["veil"]} />
        <Dialog.Content className={own["palette"]} aria-describedby={undefined}>
          <Dialog.Title hidden>{words.search}</Dialog.Title>
          <Command shouldFilter={false} label={words.search}>
            <Command.Input value={text} onValueChange={write} placeholder={words.searchHint} />
            <Command.List className={own["list"]}>
              {wanted !== "" && p.renderHits?.(text.trim(), close)}
              {pages.length > 0 && (
                <Command.Group heading={words.navigation}>
                  {pages.map(({ label, icon, target, key }) => (
                    <Command.Item
                      key={label}
                      value={`page ${label}`}
                      onSelect={() => {
                        close();
                        open(target);
                      }}
                    >
                      {icon}
                      {label}
                      {key !== undefined && <kbd className={own["hint"]}>g {key}</kbd>}
                    </Command.Item>
                  ))}
                </Command.Group>
              )}
              <Command.Empty className={own["empty"]}>{words.nothingFound}</Command.Empty>
            </Command.List>
          </Command>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
