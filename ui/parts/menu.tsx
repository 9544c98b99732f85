/** A menu of actions or of choices, behind a button. */
import Check from "lucide-react/icons/check";
import { DropdownMenu } from "radix-ui";
import { useState } from "react";
import type { ReactNode } from "react";
import { classNames } from "./class-names.ts";
import styles from "./menu.module.css";
import { useKeys } from "./use-keys.ts";

export type MenuItem = {
  readonly label: string;
  readonly run: () => void;
  readonly icon?: ReactNode;
  readonly hint?: string;
  readonly isChosen?: boolean;
  readonly isDanger?: boolean;
  readonly isDisabled?: boolean;
};
export type MenuGroup = { readonly label?: string; readonly items: readonly MenuItem[] };

/** `trigger` is the button; the menu also opens by the key of `shortcut`. */
export function Menu({
  trigger,
  groups,
  align = "start",
  shortcut,
}: {
  readonly trigger: ReactNode;
  readonly groups: readonly MenuGroup[];
  readonly align?: "start" | "end";
  readonly shortcut?: { readonly keys: string; readonly label: string };
}) {
  const [isOpen, setOpen] = useState(false);
  useKeys(shortcut === undefined ? [] : [{ ...shortcut, run: () => setOpen(true) }]);
  return (
    <DropdownMenu.Root open={isOpen} onOpenChange={setOpen}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          className={styles["menu"]}
          align={align}
          sideOffset={4}
          collisionPadding={8}
        >
          {groups.map(({ label, items }, index) => (
            <DropdownMenu.Group key={label ?? index}>
              {index > 0 && <DropdownMenu.Separator className={styles["separator"]} />}
              {label !== undefined && (
                <DropdownMenu.Label className={styles["label"]}>{label}</DropdownMenu.Label>
              )}
              {items.map((item) => (
                <Item key={item.label} item={item} />
              ))}
            </DropdownMenu.Group>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function Item({ item }: { readonly item: MenuItem }) {
  const { label, run, icon, hint, isChosen, isDanger = false, isDisabled = false } = item;
  const className = classNames(styles["item"], isDanger && styles["danger"]);
  const content = (
    <>
      {icon}
      <span className={styles["grow"]}>{label}</span>
      {hint !== undefined && <span className={styles["hint"]}>{hint}</span>}
      {isChosen === true && <Check size={14} aria-hidden />}
    </>
  );
  if (isChosen === undefined) {
    return (
      <DropdownMenu.Item className={className} disabled={isDisabled} onSelect={run}>
        {content}
      </DropdownMenu.Item>
    );
  }
  return (
    <DropdownMenu.CheckboxItem
      className={className}
      disabled={isDisabled}
      checked={isChosen}
      onSelect={run}
    >
      {content}
    </DropdownMenu.CheckboxItem>
  );
}
