/** A secret that the server shows only once, with a button that copies it. */
import Check from "lucide-react/icons/check";
import Copy from "lucide-react/icons/copy";
import { words } from "../words.ts";
import { Button } from "./button.tsx";
import styles from "./shown-once.module.css";
import { useCopy } from "./use-copy.ts";

export function ShownOnce(p: { readonly label: string; readonly value: string }) {
  const { isCopied, copy } = useCopy();
  return (
    <div className={styles["box"]}>
      <span className={styles["label"]}>{p.label}</span>
      <code className={styles["value"]}>{p.value}</code>
      <Button
        aria-label={`${words.copy} ${p.label}`}
        icon={isCopied ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
        onClick={() => copy(p.value)}
      >
        {isCopied ? words.copied : words.copy}
      </Button>
    </div>
  );
}
