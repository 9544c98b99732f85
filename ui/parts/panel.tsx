/** A list with the details of one of its rows beside it; on a small screen the details cover the list. */
import X from "lucide-react/icons/x";
import type { ReactNode } from "react";
import { showControls } from "../show-controls.ts";
import { words } from "../words.ts";
import { IconButton } from "./button.tsx";
import { classNames } from "./class-names.ts";
import styles from "./panel.module.css";
import { useKeys } from "./use-keys.ts";

export function Split(p: { readonly children: ReactNode; readonly panel: ReactNode | null }) {
  return (
    <div className={classNames(styles["split"], p.panel !== null && styles["both"])}>
      <div>{p.children}</div>
      {p.panel}
    </div>
  );
}

export function Panel(p: {
  readonly title: string;
  readonly onClose: () => void;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}) {
  useKeys([{ keys: "Escape", label: words.close, run: p.onClose }]);
  return (
    <aside className={styles["panel"]} aria-label={p.title}>
      <div className={styles["head"]}>
        <h2 className={styles["title"]}>{showControls(p.title)}</h2>
        {p.actions}
        <IconButton
          label={words.close}
          shortcut="Esc"
          onClick={p.onClose}
          icon={<X size={16} aria-hidden />}
        />
      </div>
      <div className={styles["body"]}>{p.children}</div>
    </aside>
  );
}
