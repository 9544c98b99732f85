/**
 * The encryption key by its fingerprint, and its change. The server can make a new key only when the key is in a file
 * beside the store; otherwise the page says how it is done.
 */
import { useState } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { callApi } from "../../api/call.ts";
import { refresh } from "../../api/reads.ts";
import { useFace } from "../../face.tsx";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { CopyableId } from "../../parts/copyable-id.tsx";
import { Facts } from "../../parts/facts.tsx";
import { useToast } from "../../parts/toast.tsx";
import { operatorWords } from "../../words/operator.ts";
import type { System } from "./system-types.ts";
import styles from "./encryption-key.module.css";

const { system: texts } = operatorWords;

export function EncryptionKey({ encryption }: { readonly encryption: System["encryption"] }) {
  const { role } = useFace().session;
  const { fingerprint, previous, isChanging, isInFile } = encryption;
  return (
    <section className={styles["key"]}>
      <h2>{texts.encryption}</h2>
      <Facts
        rows={[
          [texts.encryption, <CopyableId key="now" id={fingerprint} />],
          ...(previous === null
            ? []
            : [[texts.previousKey, <CopyableId key="before" id={previous} />] as const]),
        ]}
      />
      {role === "admin" &&
        (isInFile || isChanging ? (
          <Rekey isChanging={isChanging} />
        ) : (
          <p className={styles["note"]}>{texts.rekeyByHand}</p>
        ))}
    </section>
  );
}

function Rekey({ isChanging }: { readonly isChanging: boolean }) {
  const client = useQueryClient();
  const note = useToast();
  const [left, setLeft] = useState<number | null>(null);
  /** Each call encrypts a part. The change may be stopped anywhere, and this goes on with it. */
  const run = async (): Promise<void> => {
    try {
      for (let newKey = !isChanging; ; newKey = false) {
        const progress = await callApi("POST /api/v1/rekey", { body: { newKey } });
        setLeft(progress.left);
        if (progress.done) break;
      }
      note({ title: texts.rekeyed });
    } catch (error) {
      note({ title: error instanceof Error ? error.message : "", isProblem: true });
    } finally {
      setLeft(null);
      await refresh(client, ["GET /api/v1/system"]);
    }
  };
  const label = isChanging ? texts.rekeyGoOn : texts.rekey;
  return (
    <div className={styles["row"]} aria-live="polite">
      <ConfirmButton
        label={label}
        title={label}
        hint={texts.rekeyHint}
        isBusy={left !== null}
        run={() => void run()}
      />
      {left !== null && texts.rekeyLeft(left)}
    </div>
  );
}
