/** `?`: the keys that work on this page. */
import { useState } from "react";
import { words } from "../words.ts";
import { Dialog } from "./dialog.tsx";
import styles from "./keys-dialog.module.css";
import { listKeys, useKeys } from "./use-keys.ts";
import type { KeyBinding } from "./use-keys.ts";

export function KeysDialog() {
  const [shown, setShown] = useState<readonly KeyBinding[] | null>(null);
  useKeys([{ keys: "?", label: words.keys.help, run: () => setShown(listKeys()) }]);
  return (
    <Dialog title={words.keys.title} isOpen={shown !== null} onClose={() => setShown(null)}>
      <dl className={styles["keys"]}>
        {(shown ?? []).map(({ keys, label }) => (
          <KeyRow key={keys} keys={keys} label={label} />
        ))}
      </dl>
    </Dialog>
  );
}

function KeyRow({ keys, label }: { readonly keys: string; readonly label: string }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>
        {keys.split(" ").map((key, index) => (
          <span key={`${index} ${key}`}>
            {index > 0 && " "}
            <kbd>{key}</kbd>
          </span>
        ))}
      </dd>
    </>
  );
}
