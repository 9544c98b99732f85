/** Ends the sessions of all people but the one who asks. */
import { useChange } from "../../api/reads.ts";
import { useFace } from "../../face.tsx";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { useToast } from "../../parts/toast.tsx";
import { operatorWords } from "../../words/operator.ts";
import styles from "./encryption-key.module.css";

const { system: texts } = operatorWords;

export function SignOthersOut() {
  const { role } = useFace().session;
  const note = useToast();
  const change = useChange("POST /api/v1/auth/dashboard/expire-all", []);
  if (role !== "admin") return null;
  const run = (): void =>
    change.mutate(
      {},
      {
        onSuccess: ({ ended }) => note({ title: texts.othersSignedOut(ended) }),
        onError: ({ message: detail }) =>
          note({ title: texts.othersNotSignedOut, detail, isProblem: true }),
      },
    );
  return (
    <section className={styles["key"]}>
      <h2>{texts.signIns}</h2>
      <p className={styles["note"]}>{texts.signInsNote}</p>
      <div className={styles["row"]}>
        <ConfirmButton
          label={texts.signOthersOut}
          title={texts.signOthersOut}
          hint={texts.signOthersOutHint}
          isBusy={change.isPending}
          run={run}
        />
      </div>
    </section>
  );
}
