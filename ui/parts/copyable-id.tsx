/** An id in mono that a click copies. `shown` may be shorter than the copied value. */
import Check from "lucide-react/icons/check";
import Copy from "lucide-react/icons/copy";
import { classNames } from "./class-names.ts";
import styles from "./copyable-id.module.css";
import { showControls } from "../show-controls.ts";
import { useCopy } from "./use-copy.ts";
import { words } from "../words.ts";

export function CopyableId({ id, shown = id }: { readonly id: string; readonly shown?: string }) {
  const { isCopied, copy } = useCopy();
  return (
    <button
      type="button"
      className={classNames(styles["id"], isCopied && styles["done"])}
      title={id}
      aria-label={`${words.copy} ${id}`}
      onClick={(event) => {
        event.stopPropagation();
        copy(id);
      }}
    >
      <span className={styles["text"]}>{showControls(shown)}</span>
      {isCopied ? <Check size={12} aria-hidden /> : <Copy size={12} aria-hidden />}
    </button>
  );
}
