/** Asks for a token, or takes the key of a one-time link. The server answers with the cookie of a session. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { isSignedOut } from "../api/api-error.ts";
import { signIn as openSession } from "../api/dashboard-session.ts";
import { Button } from "../parts/button.tsx";
import { Field } from "../parts/field.tsx";
import { Mark } from "../parts/mark.tsx";
import { ErrorStrip } from "../parts/states.tsx";
import { openStart, takeLinkKey } from "./link-key.ts";
import { accessWords } from "../words/access.ts";
import { operatorWords } from "../words/operator.ts";
import { words } from "../words.ts";
import styles from "./sign-in-page.module.css";

export function SignInPage() {
  const client = useQueryClient();
  const [token, writeToken] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const [isEnded, setEnded] = useState(false);
  const signIn = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      await openSession({ token: token.trim() });
      await client.resetQueries();
    } catch (refusal) {
      setError(refusal);
      setBusy(false);
    }
  };
  const isRefused = isSignedOut(error);
  const hint = isPlainHttp() ? accessWords.plainHttp : operatorWords.signIn.hint;
  useEffect(() => {
    const key = takeLinkKey();
    if (key === null) return;
    openSession({ key }).then(openStart, () => setEnded(true));
  }, []);
  return (
    <main className={styles["page"]}>
      <form
        className={styles["form"]}
        onSubmit={(event) => {
          event.preventDefault();
          void signIn();
        }}
      >
        <Mark className={styles["mark"] ?? ""} />
        <h1>{operatorWords.signIn.title}</h1>
        {error !== null && !isRefused && (
          <ErrorStrip error={error} dataAt={0} onRetry={() => void signIn()} />
        )}
        <Field
          label={operatorWords.signIn.token}
          hint={isEnded ? accessWords.endedLink : hint}
          problem={isRefused ? operatorWords.signIn.refused : undefined}
        >
          {(ids) => (
            <input
              {...ids}
              type="password"
              autoComplete="current-password"
              required
              value={token}
              onChange={({ target }) => writeToken(target.value)}
            />
          )}
        </Field>
        <Button type="submit" look="primary" disabled={isBusy}>
          {words.signIn}
        </Button>
      </form>
    </main>
  );
}

/** On loopback nothing is sent over a network. */
function isPlainHttp(): boolean {
  const { protocol, hostname } = window.location;
  return protocol === "http:" && !/^(?:localhost|127\..*|\[::1\])$/.test(hostname);
}
